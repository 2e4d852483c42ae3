package dev.mitosis.mm;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.Topology;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.frame.HugetlbPool;
import dev.mitosis.mm.lock.AddressSpaceLock;
import dev.mitosis.mm.stat.StripedCounters;
import dev.mitosis.mm.vma.ResourceLimits;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.mm.vma.VmaTree;
import dev.mitosis.x86.PageTable;
import dev.mitosis.x86.PagingLevel;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * An address space: its areas, its tree of page tables, and the processors that run it.
 *
 * <p>Source: Linux {@code include/linux/mm_types.h:struct mm_struct}.
 */
public final class MmStruct {
    /** Where the stack's area ends, below the top of user space, as Linux without randomisation has it. */
    private static final long MMAP_BASE_GAP_BYTES = 128L << 20;

    private static final int NO_NODE = -1;

    private final PageTable pageTable;
    private final @Nullable PageTable userTable;
    private final VmaTree areas = new VmaTree();
    private final AddressSpaceLock lock;
    private final CpuMask cpus;
    private final int nodes;
    private final StripedCounters residentFrames;
    private final StripedCounters tables;
    private final ResourceLimits limits = new ResourceLimits();
    private final AtomicLong tlbGeneration = new AtomicLong();
    private final AtomicInteger users = new AtomicInteger();
    private long mmapBaseVa;
    private long startBrkVa;
    private long brkVa;
    /** Huge pages promised and not yet taken, by kind: 2 MiB and 1 GiB. */
    private final long[] hugeReservations = new long[3];

    private volatile long numaScanVa;
    private volatile int futureFlags;
    private long mappedPages;
    private long lockedPages;
    private long committedPages;
    private volatile int tableNode = NO_NODE;
    private volatile boolean sharesFrames;
    private volatile MmuNotifier notifier = MmuNotifier.NONE;

    public MmStruct(int id, int levels, boolean isolates, Topology topology, boolean concurrent) {
        pageTable = new PageTable(id, levels);
        userTable = isolates ? new PageTable(~id, levels) : null;
        lock = new AddressSpaceLock(concurrent);
        cpus = new CpuMask(topology.cpus());
        nodes = topology.nodes();
        residentFrames = new StripedCounters(nodes, concurrent);
        tables = new StripedCounters(levels + 1, concurrent);
        mmapBaseVa = PagingLevel.userEndVa(4) - MMAP_BASE_GAP_BYTES;
    }

    /** The number of the address space, never used twice on a machine. */
    public int id() {
        return pageTable.id();
    }

    public PageTable pageTable() {
        return pageTable;
    }

    /**
     * With page-table isolation the tree that user mode runs on: a root of its own above the same tables; null without.
     *
     * <p>Source: Linux {@code arch/x86/mm/pti.c:__pti_set_user_pgtbl}.
     */
    public @Nullable PageTable userTable() {
        return userTable;
    }

    /** The tree whose root processors load to run its programs. */
    public PageTable loadedTable() {
        return userTable == null ? pageTable : userTable;
    }

    public VmaTree areas() {
        return areas;
    }

    /** The processors that have this address space loaded: those a shootdown must reach (mm_cpumask). */
    public CpuMask cpus() {
        return cpus;
    }

    /** mmap_lock. */
    public AddressSpaceLock lock() {
        return lock;
    }

    /** What the process may take at the most (setrlimit). */
    public ResourceLimits limits() {
        return limits;
    }

    /** The tasks that live in it. */
    public int users() {
        return users.get();
    }

    /** Counts a task in or out, and returns how many there are now. */
    public int addUser(int change) {
        return users.addAndGet(change);
    }

    // ---- layout ----

    /** Below this address mmap places areas, top down. */
    public long mmapBaseVa() {
        return mmapBaseVa;
    }

    public void setMmapBase(long va) {
        mmapBaseVa = va;
    }

    public long startBrkVa() {
        return startBrkVa;
    }

    public long brkVa() {
        return brkVa;
    }

    /** Says where the heap begins: what the program loader does. */
    public void setStartBrk(long va) {
        startBrkVa = va;
        brkVa = va;
    }

    public void setBrk(long va) {
        brkVa = va;
    }

    // ---- placement ----

    /** Says whether this address space's tables go to a fixed node, whatever the policy of its tasks. */
    public boolean hasTableNode() {
        return tableNode != NO_NODE;
    }

    public int tableNode() {
        return tableNode;
    }

    /**
     * Fixes the node of tables made from now on; -1 lets the policy of the tasks decide again.
     *
     * <p>Source: the page-table allocation knob of the Mitosis kernel, with which the papers build their remote configurations.
     */
    public void setTableNode(int node) {
        tableNode = node;
    }

    /** Says whether frames may be shared copy-on-write: from the first fork on, in parent and child. */
    public boolean sharesFrames() {
        return sharesFrames;
    }

    public void setSharesFrames() {
        if (!sharesFrames) {
            sharesFrames = true;
        }
    }

    // ---- counts ----

    /** Frames of 4 KiB mapped on a node; a frame shared with others counts in each, the zero page in none. */
    public long residentFrames(int node) {
        return residentFrames.sum(node);
    }

    public long residentFrames() {
        long sum = 0;
        for (int node = 0; node < nodes; node++) {
            sum += residentFrames.sum(node);
        }
        return sum;
    }

    public void countResident(int cpu, long pfn, int order, int sign) {
        residentFrames.add(cpu, Frames.nodeOf(pfn), (long) sign << order);
    }

    public void countResident(int cpu, int node, long frames) {
        residentFrames.add(cpu, node, frames);
    }

    /** Tables of a level in the primary tree. */
    public long tables(int level) {
        return tables.sum(level);
    }

    public void countTable(int cpu, int level, int change) {
        tables.add(cpu, level, change);
    }

    /** Pages of all areas (total_vm). */
    public long mappedPages() {
        return mappedPages;
    }

    /** Pages of locked areas (locked_vm). */
    public long lockedPages() {
        return lockedPages;
    }

    /** Pages that count against the commit limit. */
    public long committedPages() {
        return committedPages;
    }

    /** Counts an area in or out; under mmap_lock for writing. */
    public void countArea(Vma area, int sign) {
        long pages = sign * area.pages();
        mappedPages += pages;
        lockedPages += area.has(Vma.LOCKED) ? pages : 0;
        committedPages += area.has(Vma.ACCOUNT) ? pages : 0;
    }

    /** What areas made from now on have besides what was asked for: the lock flags of mlockall(MCL_FUTURE). */
    public int futureFlags() {
        return futureFlags;
    }

    public void setFutureFlags(int flags) {
        futureFlags = flags;
    }

    /** Where NUMA balancing goes on. */
    public long numaScanVa() {
        return numaScanVa;
    }

    public void setNumaScanVa(long va) {
        numaScanVa = va;
    }

    // ---- reservations of huge pages ----

    /** Notes what the pool has promised to areas of this address space. */
    public synchronized void addHugeReservation(HugetlbPool pool, long pages) {
        pool.reserve(pages);
        hugeReservations[pool.order() / FrameAllocator.ORDER_2M] += pages;
    }

    /** Takes a page out of the promise; false when there is none left, as in a child of fork. */
    public synchronized boolean useHugeReservation(HugetlbPool pool) {
        int kind = pool.order() / FrameAllocator.ORDER_2M;
        if (hugeReservations[kind] == 0) {
            return false;
        }
        hugeReservations[kind]--;
        return true;
    }

    /** Gives back what was promised for pages of an area that were never touched. */
    public synchronized void dropHugeReservation(HugetlbPool pool, long untouchedPages) {
        int kind = pool.order() / FrameAllocator.ORDER_2M;
        long dropped = Math.min(untouchedPages, hugeReservations[kind]);
        hugeReservations[kind] -= dropped;
        pool.unreserve(dropped);
    }

    // ---- TLB ----

    /** Grows with every flush of this address space: a processor that knows an older one has stale translations. */
    public long tlbGeneration() {
        return tlbGeneration.get();
    }

    public long nextTlbGeneration() {
        return tlbGeneration.incrementAndGet();
    }

    /** What hears of every flush of a range. */
    public MmuNotifier notifier() {
        return notifier;
    }

    /** Says who keeps translations made from those of this address space. */
    public void setNotifier(MmuNotifier keeper) {
        notifier = keeper;
    }

    @Override
    public String toString() {
        return "mm " + id();
    }
}
