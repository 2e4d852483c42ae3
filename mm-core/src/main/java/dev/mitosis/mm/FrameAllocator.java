package dev.mitosis.mm;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.hal.Topology;
import dev.mitosis.x86.FrameSource;
import java.util.Arrays;

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
 * <p>Cost: O(1) for tables, 4 KiB and 2 MiB; 1 GiB scans the node's blocks. References beyond the first of a data frame cost 4
 * bytes in arrays that exist only where frames are shared.
 *
 * <p>Source: Linux {@code mm/page_alloc.c}; the reserve: Mitosis (ASPLOS'20) §5.1.
 */
public final class FrameAllocator implements FrameSource {
    /** The orders (log2 frames) that data is allocated in. */
    public static final int ORDER_4K = 0;

    public static final int ORDER_2M = 9;
    public static final int ORDER_1G = 18;

    private static final int REFERENCE_CHUNK_SHIFT = 12;

    private final Topology topology;
    private final PhysicalMemory memory;
    private final long[] usedData;
    private final long[] usedTables;
    private final BlockList[] data;
    private final int[][][] extraReferences;
    private final int[] tableBump;
    private final int[][] freeTables;
    private final int[] freeTableCount;
    private final int[][] reserve;
    private final int[] reserveCount;
    private final int[] reserveSize;
    private final long[] reserveHits;

    public FrameAllocator(Topology topology, PhysicalMemory memory) {
        this.topology = topology;
        this.memory = memory;
        int nodes = topology.nodes();
        usedData = new long[nodes];
        usedTables = new long[nodes];
        data = new BlockList[nodes];
        extraReferences = new int[nodes][][];
        for (int node = 0; node < nodes; node++) {
            long blocks = (topology.framesOfNode(node) + BlockList.FRAMES - 1) / BlockList.FRAMES;
            // Twice the capacity in addresses: table frames are numbered apart, and capacity is what is counted.
            data[node] = new BlockList((int) Math.min(2 * blocks, Integer.MAX_VALUE / 8));
            extraReferences[node] = new int[0][];
        }
        tableBump = new int[nodes];
        freeTables = new int[nodes][0];
        freeTableCount = new int[nodes];
        reserve = new int[nodes][0];
        reserveCount = new int[nodes];
        reserveSize = new int[nodes];
        reserveHits = new long[nodes];
    }

    public Topology topology() {
        return topology;
    }

    // ---- data ----

    /** Takes {@code 1 << order} adjacent, aligned frames of exactly this node. */
    public long allocate(int node, int order) {
        long count = 1L << order;
        if (freeFrames(node) < count) {
            return Frames.NO_FRAME;
        }
        long frame;
        if (order == ORDER_4K) {
            frame = data[node].takeFrame();
        } else {
            int block = data[node].takeBlocks(1 << (order - ORDER_2M));
            frame = block < 0 ? -1 : (long) block * BlockList.FRAMES;
        }
        if (frame < 0) {
            return Frames.NO_FRAME;
        }
        usedData[node] += count;
        return Frames.pfn(node, Frames.TABLE_ZONE_FRAMES + frame);
    }

    /** Adds a reference to a data frame that another mapping shares. */
    public void share(long pfn) {
        int[] chunk = referenceChunk(pfn);
        chunk[(int) dataFrame(pfn) & (chunk.length - 1)]++;
    }

    /** Says whether more than one mapping refers to the frame. */
    public boolean isShared(long pfn) {
        return extraReferences(pfn) > 0;
    }

    /**
     * Drops a reference to data frames, and frees them with the last one.
     *
     * @return true when the frames were freed
     */
    public boolean release(long pfn, int order) {
        int extra = extraReferences(pfn);
        if (extra > 0) {
            int[] chunk = referenceChunk(pfn);
            chunk[(int) dataFrame(pfn) & (chunk.length - 1)] = extra - 1;
            return false;
        }
        int node = Frames.nodeOf(pfn);
        if (order == ORDER_4K) {
            data[node].giveFrame(dataFrame(pfn));
        } else {
            data[node].giveBlocks((int) (dataFrame(pfn) / BlockList.FRAMES), 1 << (order - ORDER_2M));
        }
        usedData[node] -= 1L << order;
        return true;
    }

    /**
     * Gives each part of a huge page the references that the page as a whole had, when it is split.
     *
     * @param partOrder the order of the parts
     * @param order the order of the page
     */
    public void splitReferences(long pfn, int partOrder, int order) {
        int extra = extraReferences(pfn);
        for (long i = 1L << partOrder; extra > 0 && i < 1L << order; i += 1L << partOrder) {
            int[] chunk = referenceChunk(pfn + i);
            chunk[(int) dataFrame(pfn + i) & (chunk.length - 1)] = extra;
        }
    }

    // ---- tables ----

    @Override
    public long takeTable(int node) {
        int frame;
        if (reserveCount[node] > 0) {
            frame = reserve[node][--reserveCount[node]];
            reserveHits[node]++;
        } else {
            frame = freshTable(node);
            if (frame < 0) {
                return Frames.NO_FRAME;
            }
        }
        usedTables[node]++;
        long table = Frames.pfn(node, frame);
        memory.clear(table);
        return table;
    }

    @Override
    public void returnTable(long table) {
        int node = Frames.nodeOf(table);
        int frame = (int) Frames.frameInNode(table);
        assert poison(table);
        usedTables[node]--;
        if (reserveCount[node] < reserveSize[node]) {
            reserve[node] = pushed(reserve[node], reserveCount[node]++, frame);
        } else {
            freeTables[node] = pushed(freeTables[node], freeTableCount[node]++, frame);
        }
    }

    /**
     * Sets the size of a node's reserve and fills it.
     *
     * @return how many frames the reserve has now: fewer than asked when the node has no more
     */
    public int reserveTables(int node, int count) {
        reserveSize[node] = count;
        while (reserveCount[node] < count) {
            int frame = freshTable(node);
            if (frame < 0) {
                break;
            }
            reserve[node] = pushed(reserve[node], reserveCount[node]++, frame);
        }
        return reserveCount[node];
    }

    /** Gives a node's reserve back and sets its size to nothing. */
    public void drainTables(int node) {
        reserveSize[node] = 0;
        while (reserveCount[node] > 0) {
            freeTables[node] = pushed(freeTables[node], freeTableCount[node]++, reserve[node][--reserveCount[node]]);
        }
    }

    // ---- counts ----

    /** Frames of the node that neither data, nor tables, nor the reserve hold. */
    public long freeFrames(int node) {
        return topology.framesOfNode(node) - usedData[node] - usedTables[node] - reserveCount[node];
    }

    public long dataFrames(int node) {
        return usedData[node];
    }

    /** Table frames in use on the node, copies included. */
    public long tableFrames(int node) {
        return usedTables[node];
    }

    public int reservedTables(int node) {
        return reserveCount[node];
    }

    /** Tables of the node that came from its reserve. */
    public long reserveHits(int node) {
        return reserveHits[node];
    }

    private int freshTable(int node) {
        if (freeFrames(node) < 1) {
            return -1;
        }
        if (freeTableCount[node] > 0) {
            return freeTables[node][--freeTableCount[node]];
        }
        return tableBump[node] < Frames.TABLE_ZONE_FRAMES ? tableBump[node]++ : -1;
    }

    /** Fills a freed table with entries that point nowhere, so that a walker that still reaches it is found out. */
    private boolean poison(long table) {
        memory.fill(table, 0, PhysicalMemory.WORDS, 0x6b6b_6b6b_6b6b_6b6aL, 0);
        return true;
    }

    /** References to the frame beyond its first. */
    int extraReferences(long pfn) {
        int[][] chunks = extraReferences[Frames.nodeOf(pfn)];
        int number = (int) (dataFrame(pfn) >>> REFERENCE_CHUNK_SHIFT);
        if (number >= chunks.length || chunks[number] == null) {
            return 0;
        }
        return chunks[number][(int) dataFrame(pfn) & (chunks[number].length - 1)];
    }

    private int[] referenceChunk(long pfn) {
        int node = Frames.nodeOf(pfn);
        int number = (int) (dataFrame(pfn) >>> REFERENCE_CHUNK_SHIFT);
        if (number >= extraReferences[node].length) {
            extraReferences[node] = Arrays.copyOf(extraReferences[node], Math.max(number + 1, number * 2));
        }
        int[] chunk = extraReferences[node][number];
        if (chunk == null) {
            chunk = new int[1 << REFERENCE_CHUNK_SHIFT];
            extraReferences[node][number] = chunk;
        }
        return chunk;
    }

    private static long dataFrame(long pfn) {
        return Frames.frameInNode(pfn) - Frames.TABLE_ZONE_FRAMES;
    }

    private static int[] pushed(int[] stack, int size, int value) {
        int[] grown = size < stack.length ? stack : Arrays.copyOf(stack, Math.max(16, size * 2));
        grown[size] = value;
        return grown;
    }
}
