/**
 * The memory manager: address spaces, faults, and what changes page tables.
 *
 * <p>Read it from {@code kernel.Kernel} down. A system call ({@code kernel.syscall}) decides about areas; an operation of
 * {@code mm.range} edits page tables; {@code PageTableOps} below does the stores.
 *
 * <pre>
 *   syscall ──► vma.VmaTree ──► range: UnmapRange | ProtectRange | CopyRange | MoveRange | MigratePages
 *                              │ leaves, table by table, through PageTableOps
 *                              ▼
 *               tlb:        MmuGather ──► TlbFlush: issue · dispatch · sync ──► frame.FrameAllocator
 *   fault   ──► fault:      FaultHandler ──► AnonymousFault | FileFault | SwapFault | NumaHintFault | HugetlbFault | CopyOnWrite
 *   daemon  ──► reclaim:    NumaBalancing | Khugepaged | Ksm | Reclaim ──► pagecache.SwapSpace
 *   switch  ──► tlb:        CpuState ──► PageTableOps.rootFor(node) ──► CR3
 * </pre>
 *
 * <p>This package itself holds what all of them work on: an address space, a task, the settings, and the listeners.
 *
 * <p>The order of a removal: entries out of all copies, then every processor forgets, then frames and tables are freed. A
 * frame freed earlier could be read through a stale translation; a table freed earlier could be walked.
 *
 * <h2>Locks</h2>
 *
 * <p>Where the board's memory is shared by threads, these locks are taken in this order, from above downwards; where one thread
 * owns the machine they are not there.
 *
 * <ol>
 *   <li><b>mmap_lock</b> of an address space ({@link dev.mitosis.mm.lock.AddressSpaceLock}). Held for writing, the areas may change and
 *       tables may go; held for reading, neither does. A fork holds the parent's and the child's, which nobody else knows yet.
 *       Reclaim and same-page merging go through address spaces that they do not know, so they only <em>try</em> to read-lock
 *       them, and pass by where they cannot.
 *   <li><b>The lock of a table</b> ({@link dev.mitosis.mm.lock.TableLocks}): its entries, and the ring of its copies. Nobody waits for
 *       one while holding another. Who holds mmap_lock for writing needs none: all others that edit hold it for reading.
 *   <li>An object's pages ({@link dev.mitosis.mm.pagecache.PageCache}), then swap ({@link dev.mitosis.mm.pagecache.SwapSpace}), the merged pages
 *       ({@link dev.mitosis.mm.reclaim.Ksm}) and the pools of huge pages: each is held for a lookup and a change, and takes only what is
 *       below it.
 *   <li><b>A processor's lock</b> ({@link dev.mitosis.mm.tlb.CpuState}): what it runs, and what its TLB may know. A flush takes it
 *       for each target, so that a flush and a context switch exclude one another, as interrupts do on hardware.
 *   <li><b>A node's lists</b> ({@link dev.mitosis.mm.frame.MemoryNode}), innermost.
 * </ol>
 *
 * <p>A fault makes its way down the tables without locks, because under mmap_lock no table goes. It takes the frame that it may
 * need, which can mean reclaim, and only then the table's lock; and it looks at the entry again. If that is not what it was, the
 * frame goes back and the program tries again.
 *
 * <p>Tables appear under the lock of their parent, complete with copies. They go under mmap_lock for writing, by way of the
 * gather: {@link dev.mitosis.mm.tlb.TlbFlush} returns when every processor that could walk them has been interrupted, and only
 * then are they freed. Two cases need a word. A processor that switches away keeps its bit in the mask until another root is
 * loaded, so a flush still waits for its last walk. And a processor that switches to the address space sets its bit before it
 * reads the generation and the root, while a flush raises the generation before it reads the mask: one of them sees the other.
 *
 * <p>Hardware takes no lock at all. It sets Accessed and Dirty by atomic operations in the copy that it walks, at any time; so
 * entries that hardware may use are changed by compare-and-set, or taken out by an exchange, never by a load and a store.
 *
 * <p>May import {@code hal} and {@code x86}. Never imports {@code replication}: whether a table has copies is not visible here;
 * who must know what happens listens to {@link dev.mitosis.mm.PageTableEvents}.
 *
 * <p>Source: Linux {@code Documentation/mm/process_addrs.rst}, {@code Documentation/mm/split_page_table_lock.rst},
 * {@code mm/rmap.c} (lock ordering).
 */
@NullMarked
package dev.mitosis.mm;

import org.jspecify.annotations.NullMarked;
