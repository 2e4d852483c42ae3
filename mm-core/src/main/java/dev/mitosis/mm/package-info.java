/**
 * The memory manager: address spaces, faults, and what changes page tables.
 *
 * <p>Read it from {@link dev.mitosis.mm.Kernel} down. A system call ({@code mm.syscall}) decides about areas; a verb here edits
 * page tables; the waist below does the stores.
 *
 * <pre>
 *   syscall ──► VmaTree ──► UnmapRange | ProtectRange | CopyRange | MoveRange | PopulateRange | MigratePages
 *                              │ leaves, table by table, through PageTableOps
 *                              ▼
 *                           MmuGather ──► TlbShootdown: issue · dispatch · sync ──► FrameAllocator
 *   fault   ──► FaultHandler ──► Vma ──► Mempolicy ──► FrameAllocator ──► TablePath ──► PageTableOps
 *   switch  ──► RunQueues ──► PageTableOps.rootFor(node) ──► CR3
 * </pre>
 *
 * <p>The order of a removal: entries out of all copies, then every processor forgets, then frames and tables are freed. A
 * frame freed earlier could be read through a stale translation; a table freed earlier could be walked.
 *
 * <p>May import {@code hal} and {@code x86}. Never imports {@code replication}: whether a table has copies is not visible here;
 * who must know what happens listens to {@link dev.mitosis.mm.PageTableEvents}.
 */
@NullMarked
package dev.mitosis.mm;

import org.jspecify.annotations.NullMarked;
