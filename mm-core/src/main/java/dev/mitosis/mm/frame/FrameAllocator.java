package dev.mitosis.mm.frame;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.hal.Topology;
import dev.mitosis.x86.FrameSource;
import java.util.function.ToLongFunction;

/**
 * Physical memory by node: data frames of 4 KiB, 2 MiB and 1 GiB, and table frames with a reserve for each node.
 *
 * <p>A node's capacity is shared: a frame used for a table is not there for data. An allocation names its node and never
 * falls back to another: that is its caller's policy.
 *
 * <p>The reserve ("page cache" in the papers) holds table frames that were set aside before they were needed, so that a
 * replica can be had on a node whose memory is full. Frames come back to the reserve while it is below its size.
 *
 * <p>Errors: {@link Frames#NO_FRAME} when the node has none.
 *
 * <p>Cost: O(1) for tables, 4 KiB and 2 MiB; 1 GiB scans the node's blocks. What is known of a data frame beyond "taken" costs
 * 4 bytes ({@link PageInfo}), where there is something to know.
 *
 * <p>Concurrency: safe where the memory is; a node's lists have a lock each, references are atomic.
 *
 * <p>Source: Linux {@code mm/page_alloc.c}; the reserve: Mitosis (ASPLOS'20) §5.1.
 */
public final class FrameAllocator implements FrameSource {
    /** The orders (log2 frames) that data is allocated in. */
    public static final int ORDER_4K = 0;

    public static final int ORDER_2M = 9;
    public static final int ORDER_1G = 18;

    /** The zero page: the last frames of node 0's table zone are kept for it; aligned as a huge one too. */
    public static final long ZERO_PAGE = Frames.pfn(0, Frames.TABLE_ZONE_FRAMES - (1L << ORDER_2M));

    private final Topology topology;
    private final PhysicalMemory memory;
    private final MemoryNode[] nodes;
    private final PageInfo info;
    private final Fragmentation fragmentation = new Fragmentation(this);
    private AllocationFaults faults = AllocationFaults.NONE;

    public FrameAllocator(Topology topology, PhysicalMemory memory) {
        this.topology = topology;
        this.memory = memory;
        boolean concurrent = memory.isConcurrent();
        info = new PageInfo(topology, concurrent);
        nodes = new MemoryNode[topology.nodes()];
        for (int node = 0; node < nodes.length; node++) {
            nodes[node] = new MemoryNode(node, topology.framesOfNode(node), concurrent);
        }
    }

    /** Makes allocations fail as told, for tests. */
    public void install(AllocationFaults allocationFaults) {
        faults = allocationFaults;
    }

    public Topology topology() {
        return topology;
    }

    public PageInfo info() {
        return info;
    }

    /** Memory that nothing can move, set down so that huge pages cannot be had. */
    public Fragmentation fragmentation() {
        return fragmentation;
    }

    // ---- data ----

    /** Takes {@code 1 << order} adjacent, aligned frames of exactly this node. */
    public long allocate(int node, int order) {
        if (faults.fails(AllocationFaults.Kind.DATA, node)) {
            return Frames.NO_FRAME;
        }
        MemoryNode at = nodes[node];
        at.lock();
        try {
            return at.takeData(order);
        } finally {
            at.unlock();
        }
    }

    /** Takes up to {@code count} frames of 4 KiB of a node into an array; returns how many there were. */
    public int allocateBatch(int node, long[] pfns, int from, int count) {
        if (faults != AllocationFaults.NONE) {
            pfns[from] = allocate(node, ORDER_4K);
            return pfns[from] == Frames.NO_FRAME ? 0 : 1;
        }
        MemoryNode at = nodes[node];
        at.lock();
        try {
            return at.takeDataBatch(pfns, from, count);
        } finally {
            at.unlock();
        }
    }

    /** Adds a reference to a data frame that another mapping shares. */
    public void share(long pfn) {
        info.addReference(pfn, 1);
    }

    /** Adds a reference to a page of an order: to each of its parts when it is mapped by parts elsewhere. */
    public void share(long pfn, int order) {
        if (order == ORDER_4K) {
            share(pfn);
            return;
        }
        MemoryNode node = nodes[Frames.nodeOf(pfn)];
        node.lock();
        try {
            long parts = info.has(pfn, PageInfo.SPLIT) ? 1L << order : 1;
            for (long i = 0; i < parts; i++) {
                info.addReference(pfn + i, 1);
            }
        } finally {
            node.unlock();
        }
    }

    /** Says whether more than one mapping refers to the frame. */
    public boolean isShared(long pfn) {
        return info.references(pfn) > 0;
    }

    /** Says whether more than one mapping refers to a page of an order, or to a part of it. */
    public boolean isShared(long pfn, int order) {
        if (order == ORDER_4K || !info.has(pfn, PageInfo.SPLIT)) {
            return isShared(pfn);
        }
        for (long i = 0; i < 1L << order; i++) {
            if (isShared(pfn + i)) {
                return true;
            }
        }
        return false;
    }

    /**
     * Drops a reference to data frames, and frees them with the last one.
     *
     * @return true when the frames were freed, or a part of them
     */
    public boolean release(long pfn, int order) {
        MemoryNode node = nodes[Frames.nodeOf(pfn)];
        if (order == ORDER_4K) {
            if (!info.dropReference(pfn)) {
                return false;
            }
            node.lock();
            try {
                node.giveData(pfn, order);
            } finally {
                node.unlock();
            }
            return true;
        }
        node.lock();
        try {
            if (!info.has(pfn, PageInfo.SPLIT)) {
                if (!info.dropReference(pfn)) {
                    return false;
                }
                node.giveData(pfn, order);
                return true;
            }
            boolean hasFreed = false;
            for (long i = 0; i < 1L << order; i++) {
                hasFreed |= release(pfn + i, ORDER_4K);
            }
            return hasFreed;
        } finally {
            node.unlock();
        }
    }

    /** Keeps a node's data to the blocks that have been used, or lets it go on to fresh ones. */
    void seal(int node, boolean sealed) {
        nodes[node].lock();
        try {
            nodes[node].seal(sealed);
        } finally {
            nodes[node].unlock();
        }
    }

    /** Holds a node's lists over many calls of {@link #release}, which take them again at little cost. */
    public void lockNode(int node) {
        nodes[node].lock();
    }

    public void unlockNode(int node) {
        nodes[node].unlock();
    }

    /** Gives each 4 KiB part of a huge page the references and flags that the page as a whole had, when a mapping of it is split. */
    public void splitReferences(long pfn, int order) {
        MemoryNode node = nodes[Frames.nodeOf(pfn)];
        node.lock();
        try {
            int extra = info.references(pfn);
            boolean isLazy = info.has(pfn, PageInfo.LAZYFREE);
            if ((extra == 0 && !isLazy) || info.has(pfn, PageInfo.SPLIT)) {
                return;
            }
            for (long i = 1; i < 1L << order; i++) {
                info.addReference(pfn + i, extra);
                if (isLazy) {
                    info.set(pfn + i, PageInfo.LAZYFREE);
                }
            }
            if (extra > 0) {
                info.set(pfn, PageInfo.SPLIT);
            }
        } finally {
            node.unlock();
        }
    }

    /** References to the frame beyond its first. */
    public int extraReferences(long pfn) {
        return info.references(pfn);
    }

    // ---- tables ----

    @Override
    public long takeTable(int node) {
        if (faults.fails(AllocationFaults.Kind.TABLE, node)) {
            return Frames.NO_FRAME;
        }
        MemoryNode at = nodes[node];
        at.lock();
        int frame;
        try {
            frame = at.takeTable();
        } finally {
            at.unlock();
        }
        if (frame < 0) {
            return Frames.NO_FRAME;
        }
        long table = Frames.pfn(node, frame);
        memory.clear(table);
        return table;
    }

    @Override
    public void returnTable(long table) {
        assert poison(table);
        MemoryNode at = nodes[Frames.nodeOf(table)];
        at.lock();
        try {
            at.giveTable((int) Frames.frameInNode(table));
        } finally {
            at.unlock();
        }
    }

    /**
     * Sets the size of a node's reserve and fills it.
     *
     * @return how many frames the reserve has now: fewer than asked when the node has no more
     */
    public int reserveTables(int node, int count) {
        MemoryNode at = nodes[node];
        at.lock();
        try {
            return at.fillReserve(count);
        } finally {
            at.unlock();
        }
    }

    /** Gives a node's reserve back and sets its size to nothing. */
    public void drainTables(int node) {
        MemoryNode at = nodes[node];
        at.lock();
        try {
            at.drainReserve();
        } finally {
            at.unlock();
        }
    }

    // ---- counts ----

    /** Frames of the node that neither data, nor tables, nor the reserve hold. */
    public long freeFrames(int node) {
        return counted(node, MemoryNode::freeFrames);
    }

    public long dataFrames(int node) {
        return counted(node, MemoryNode::usedData);
    }

    /** Table frames in use on the node, copies included. */
    public long tableFrames(int node) {
        return counted(node, MemoryNode::usedTables);
    }

    public int reservedTables(int node) {
        return (int) counted(node, MemoryNode::reserved);
    }

    /** Tables of the node that came from its reserve. */
    public long reserveHits(int node) {
        return counted(node, MemoryNode::reserveHits);
    }

    private long counted(int node, ToLongFunction<MemoryNode> count) {
        nodes[node].lock();
        try {
            return count.applyAsLong(nodes[node]);
        } finally {
            nodes[node].unlock();
        }
    }

    /** The bytes of host memory that describe frames now: lists, bitmaps and words of {@link PageInfo}. */
    public long metadataBytes() {
        long bytes = info.bytes();
        for (MemoryNode node : nodes) {
            bytes += node.metadataBytes();
        }
        return bytes;
    }

    /** Fills a freed table with entries that point nowhere, so that a walker that still reaches it is found out. */
    private boolean poison(long table) {
        memory.fill(table, 0, PhysicalMemory.WORDS, 0x6b6b_6b6b_6b6b_6b6aL, 0);
        return true;
    }
}
