package dev.mitosis.hal;

/**
 * The layout of a physical frame number: the node in the upper bits, the frame within the node in the lower 30.
 *
 * <p>Units: a frame is 4 KiB, so a node spans at most 4 TiB.
 *
 * <p>Cost: every method is a shift or a mask.
 */
public final class Frames {
    /** log2 of the bytes of a base page. */
    public static final int PAGE_SHIFT = 12;

    public static final long PAGE_BYTES = 1L << PAGE_SHIFT;

    /** The bits of a frame number that number the frame within its node. */
    public static final int NODE_SHIFT = 30;

    public static final int MAX_NODES = 64;

    /** Frames at the bottom of each node that can hold page tables: 16 GiB of tables a node at the most. */
    public static final int TABLE_ZONE_SHIFT = 22;

    public static final long TABLE_ZONE_FRAMES = 1L << TABLE_ZONE_SHIFT;

    /** The sentinel for "no frame", never a valid frame number. */
    public static final long NO_FRAME = -1;

    private Frames() {}

    public static long pfn(int node, long frameInNode) {
        assert node >= 0 && node < MAX_NODES : "node " + node;
        assert frameInNode >= 0 && frameInNode >>> NODE_SHIFT == 0 : "frame in node " + frameInNode;
        return ((long) node << NODE_SHIFT) | frameInNode;
    }

    public static int nodeOf(long pfn) {
        return (int) (pfn >>> NODE_SHIFT);
    }

    public static long frameInNode(long pfn) {
        return pfn & ((1L << NODE_SHIFT) - 1);
    }

    /** Says whether the frame lies in its node's table zone, so that it can hold a page table. */
    public static boolean isTableFrame(long pfn) {
        return frameInNode(pfn) < TABLE_ZONE_FRAMES;
    }

    /** The dense number of a table frame over all nodes: an index for arrays that describe table pages. */
    public static int tableSlot(long pfn) {
        assert isTableFrame(pfn) : "pfn " + Long.toHexString(pfn) + " is outside the table zone";
        return (nodeOf(pfn) << TABLE_ZONE_SHIFT) | (int) frameInNode(pfn);
    }

    /** The table frame of a slot: the inverse of {@link #tableSlot}. */
    public static long pfnOfTableSlot(int slot) {
        return ((long) (slot >>> TABLE_ZONE_SHIFT) << NODE_SHIFT) | (slot & (TABLE_ZONE_FRAMES - 1));
    }
}
