package dev.mitosis.mm;

import dev.mitosis.hal.Board;
import dev.mitosis.hal.Frames;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.hal.Topology;
import dev.mitosis.x86.PageTableOps;

/**
 * What every verb of the kernel works with: the board it booted on, its frames, the waist, its settings and its listener.
 *
 * <p>One platform belongs to one kernel; nothing in it is shared between kernels.
 */
public final class Platform {
    private final Board board;
    private final Topology topology;
    private final FrameAllocator frames;
    private final PageTableOps ops;
    private final KernelSettings settings;
    private final RunQueues queues;
    private PageTableEvents events = PageTableEvents.NONE;

    Platform(Board board, FrameAllocator frames, PageTableOps ops, KernelSettings settings) {
        this.board = board;
        this.topology = board.topology();
        this.frames = frames;
        this.ops = ops;
        this.settings = settings;
        this.queues = new RunQueues(this);
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

    public PageTableEvents events() {
        return events;
    }

    RunQueues queues() {
        return queues;
    }

    void install(PageTableEvents listener) {
        events = listener;
    }

    /**
     * Takes data frames as a memory policy wants them: first its node, then the nodes it allows from near to far.
     *
     * @return the first frame, or {@link Frames#NO_FRAME}
     */
    long takePages(int cpu, Mempolicy policy, int firstNode, int order) {
        long pfn = frames.allocate(firstNode, order);
        if (pfn == Frames.NO_FRAME) {
            pfn = takeElsewhere(policy, firstNode, order);
            if (pfn == Frames.NO_FRAME) {
                return pfn;
            }
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
    void releasePages(int cpu, long pfn, int order) {
        if (frames.release(pfn, order)) {
            board.meter().pagesFreed(cpu, Frames.nodeOf(pfn), order, 1);
        }
    }

    /**
     * Makes an empty table where the task's memory policy wants it, as Linux does: page tables are allocated under it.
     *
     * @throws KernelException ENOMEM when no allowed node has a frame
     */
    long takeTable(Task task, int level) {
        MmStruct mm = task.mm();
        Mempolicy policy = mm.hasTableNode() ? Mempolicy.preferred(mm.tableNode()) : task.mempolicy();
        int first = mm.hasTableNode()
                ? mm.tableNode()
                : policy.firstNode(topology, topology.nodeOfCpu(task.cpu()), task.turn(policy));
        long table = ops.allocateTable(mm.pageTable(), level, task.cpu(), first);
        for (long rest = policy.fallbackNodes(topology) & ~(1L << first); table == Frames.NO_FRAME && rest != 0; ) {
            events.nodePressure(first);
            int node = topology.nearestNode(first, rest);
            table = ops.allocateTable(mm.pageTable(), level, task.cpu(), node);
            rest &= ~(1L << node);
        }
        if (table == Frames.NO_FRAME) {
            throw new KernelException(Errno.ENOMEM, "no frame for a page table of level " + level);
        }
        mm.countTable(level, 1);
        return table;
    }
}
