package dev.mitosis.mm.context;

import dev.mitosis.hal.Board;
import dev.mitosis.hal.Frames;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.hal.Topology;
import dev.mitosis.mm.AddressSpaces;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.PageTableEventChain;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.frame.HugetlbPool;
import dev.mitosis.mm.frame.PageInfo;
import dev.mitosis.mm.lock.TableLocks;
import dev.mitosis.mm.pagecache.PageContents;
import dev.mitosis.mm.pagecache.SwapSpace;
import dev.mitosis.mm.reclaim.Ksm;
import dev.mitosis.mm.reclaim.Reclaim;
import dev.mitosis.mm.stat.VmEvent;
import dev.mitosis.mm.stat.VmStat;
import dev.mitosis.mm.tlb.CpuState;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.mm.vma.Overcommit;
import dev.mitosis.x86.PageTable;
import dev.mitosis.x86.PageTableOps;

/**
 * What every verb of the kernel works with: the board it booted on, its frames, the waist, its settings and its listeners.
 *
 * <p>One context belongs to one kernel; nothing in it is shared between kernels.
 */
public final class Context {
    private static final int RECLAIM_ATTEMPTS = 3;
    private static final int RECLAIM_PAGES = 32;

    private final Board board;
    private final Topology topology;
    private final FrameAllocator frames;
    private final PageTableOps ops;
    private final KernelSettings settings;
    private final boolean concurrent;
    private final CpuState queues;
    private final TableLocks tableLocks;
    private final VmStat vmstat;
    private final SwapSpace swap;
    private final Overcommit overcommit;
    private final HugetlbPool hugePages;
    private final HugetlbPool giantPages;
    private final AddressSpaces addressSpaces = new AddressSpaces();
    private final Reclaim reclaim;
    private final Ksm ksm;
    private volatile PageTableEvents events = PageTableEvents.NONE;
    private volatile PageContents contents = PageContents.UNKNOWN;

    public Context(Board board, FrameAllocator frames, PageTableOps ops, KernelSettings settings) {
        this.board = board;
        this.topology = board.topology();
        this.frames = frames;
        this.ops = ops;
        this.settings = settings;
        this.concurrent = FrameAllocator.isConcurrent(board.memory());
        this.queues = new CpuState(this);
        this.tableLocks = new TableLocks(concurrent);
        this.vmstat = new VmStat(concurrent);
        this.swap = new SwapSpace(settings.swapPages(), frames, this::contents);
        long memoryPages = 0;
        for (int node = 0; node < topology.nodes(); node++) {
            memoryPages += topology.framesOfNode(node);
        }
        this.overcommit = new Overcommit(settings.overcommit(), memoryPages, settings.swapPages());
        this.hugePages = new HugetlbPool(FrameAllocator.ORDER_2M, topology, frames);
        this.giantPages = new HugetlbPool(FrameAllocator.ORDER_1G, topology, frames);
        this.reclaim = new Reclaim(this);
        this.ksm = new Ksm(this);
    }

    public Board board() {
        return board;
    }

    public Topology topology() {
        return topology;
    }

    public FrameAllocator frames() {
        return frames;
    }

    public PageTableOps ops() {
        return ops;
    }

    public KernelMeter meter() {
        return board.meter();
    }

    public KernelSettings settings() {
        return settings;
    }

    public VmStat vmstat() {
        return vmstat;
    }

    public SwapSpace swap() {
        return swap;
    }

    public Overcommit overcommit() {
        return overcommit;
    }

    /** The pool of huge pages of an order: 9 for 2 MiB, 18 for 1 GiB. */
    public HugetlbPool hugetlb(int order) {
        return order == FrameAllocator.ORDER_2M ? hugePages : giantPages;
    }

    public PageTableEvents events() {
        return events;
    }

    public PageContents contents() {
        return contents;
    }

    /** Says whether several threads may run this kernel at once. */
    public boolean isConcurrent() {
        return concurrent;
    }

    public CpuState queues() {
        return queues;
    }

    public TableLocks tableLocks() {
        return tableLocks;
    }

    public AddressSpaces addressSpaces() {
        return addressSpaces;
    }

    public Reclaim reclaim() {
        return reclaim;
    }

    public Ksm ksm() {
        return ksm;
    }

    public void listen(PageTableEvents listener) {
        events = PageTableEventChain.of(events, listener);
    }

    public void install(PageContents keeper) {
        contents = keeper;
    }

    // ---- into the kernel and back ----

    /** A system call of what a processor runs. */
    public void systemCall(int cpu) {
        board.meter().systemCall(cpu);
        ptiSwitchCr3(cpu);
    }

    /** A page fault of what a processor runs. */
    public void pageFault(int cpu) {
        board.meter().pageFault(cpu);
        ptiSwitchCr3(cpu);
    }

    /** With page-table isolation the way in and the way out write CR3 each; without PCIDs that empties the TLB. */
    private void ptiSwitchCr3(int cpu) {
        if (settings.tlb().pti()) {
            boolean flushes = !settings.tlb().pcid();
            board.meter().rootLoaded(cpu, flushes);
            board.meter().rootLoaded(cpu, flushes);
            if (flushes) {
                board.processors().invalidateAll(cpu, 0);
            }
        }
    }

    // ---- data pages ----

    /**
     * Takes data frames as a memory policy wants them: first its node, then the nodes it allows from near to far; when there are
     * none, cold pages are written out and it tries again.
     *
     * <p>The caller holds no page-table lock, and mmap_lock of the task's address space.
     *
     * @return the first frame, or {@link Frames#NO_FRAME}
     */
    public long takePages(Task task, Mempolicy policy, int firstNode, int order) {
        int cpu = task.cpu();
        long pfn = tryTakePages(cpu, policy, firstNode, order);
        for (int attempt = 0; pfn == Frames.NO_FRAME && order == 0 && attempt < RECLAIM_ATTEMPTS; attempt++) {
            if (reclaim.run(task.mm(), cpu, policy.fallbackNodes(topology), RECLAIM_PAGES) == 0) {
                break;
            }
            pfn = tryTakePages(cpu, policy, firstNode, order);
        }
        return pfn;
    }

    private long tryTakePages(int cpu, Mempolicy policy, int firstNode, int order) {
        long pfn = frames.allocate(firstNode, order);
        if (pfn == Frames.NO_FRAME) {
            pfn = takeElsewhere(policy, firstNode, order);
            if (pfn == Frames.NO_FRAME) {
                return pfn;
            }
            vmstat.count(cpu, VmEvent.NUMA_MISS);
        } else {
            vmstat.count(cpu, VmEvent.NUMA_HIT);
        }
        board.meter().pagesAllocated(cpu, Frames.nodeOf(pfn), order, 1);
        return pfn;
    }

    private long takeElsewhere(Mempolicy policy, int firstNode, int order) {
        events.nodePressure(firstNode);
        for (long rest = policy.fallbackNodes(topology) & ~(1L << firstNode); rest != 0; ) {
            int node = topology.nearestNode(firstNode, rest);
            long pfn = frames.allocate(node, order);
            if (pfn != Frames.NO_FRAME) {
                return pfn;
            }
            rest &= ~(1L << node);
        }
        return Frames.NO_FRAME;
    }

    /** Drops a mapping's reference to data frames. */
    public void releasePages(int cpu, long pfn, int order) {
        if (releaseReference(pfn, order)) {
            board.meter().pagesFreed(cpu, Frames.nodeOf(pfn), order, 1);
        }
    }

    private boolean releaseReference(long pfn, int order) {
        if (order > FrameAllocator.ORDER_4K && frames.info().has(pfn, PageInfo.HUGETLB)) {
            return hugetlb(order).give(pfn);
        }
        if (frames.info().has(pfn, PageInfo.KSM)) {
            return ksm.release(pfn);
        }
        return frames.release(pfn, order);
    }

    // ---- tables ----

    /**
     * Makes an empty table where the task's memory policy wants it, as Linux does: page tables are allocated under it.
     *
     * <p>The caller holds no page-table lock.
     *
     * @throws KernelException ENOMEM when no allowed node has a frame
     */
    public long takeTable(Task task, int level) {
        long table = takeTable(task, task.mm().pageTable(), level);
        task.mm().countTable(task.cpu(), level, 1);
        return table;
    }

    /** The same for a tree of the task's address space, and not counted. */
    public long takeTable(Task task, PageTable tree, int level) {
        MmStruct mm = task.mm();
        Mempolicy policy = mm.hasTableNode() ? Mempolicy.preferred(mm.tableNode()) : task.mempolicy();
        int first = mm.hasTableNode()
                ? mm.tableNode()
                : policy.firstNode(topology, topology.nodeOfCpu(task.cpu()), task.turn(policy));
        long table = tryTakeTable(tree, level, task.cpu(), policy, first);
        for (int attempt = 0; table == Frames.NO_FRAME && attempt < RECLAIM_ATTEMPTS; attempt++) {
            long nodes = ops.reclaimNodes(tree) & topology.allNodes();
            if (nodes == 0 || reclaim.run(mm, task.cpu(), nodes, RECLAIM_PAGES) == 0) {
                break;
            }
            table = tryTakeTable(tree, level, task.cpu(), policy, first);
        }
        if (table == Frames.NO_FRAME) {
            throw new KernelException(Errno.ENOMEM, "no frame for a page table of level " + level);
        }
        return table;
    }

    private long tryTakeTable(PageTable tree, int level, int cpu, Mempolicy policy, int first) {
        long table = ops.allocateTable(tree, level, cpu, first);
        for (long rest = policy.fallbackNodes(topology) & ~(1L << first); table == Frames.NO_FRAME && rest != 0; ) {
            events.nodePressure(first);
            int node = topology.nearestNode(first, rest);
            table = ops.allocateTable(tree, level, cpu, node);
            rest &= ~(1L << node);
        }
        return table;
    }

    /** Frees a table that no entry has ever named. */
    public void returnTable(Task task, int level, long table) {
        ops.freeTable(task.mm().pageTable(), level, task.cpu(), table);
        task.mm().countTable(task.cpu(), level, -1);
    }
}
