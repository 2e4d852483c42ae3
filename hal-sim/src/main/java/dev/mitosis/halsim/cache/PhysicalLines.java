package dev.mitosis.halsim.cache;

import dev.mitosis.hal.Frames;

/**
 * The numbering of a board's physical lines without gaps between nodes, so that a line number fits the tags of a cache.
 *
 * <pre>
 *   line = | node | frame within node (frameBits) | line within frame (6) |
 * </pre>
 */
public final class PhysicalLines {
    public static final int LINE_SHIFT = 6;
    public static final int LINE_BYTES = 1 << LINE_SHIFT;
    /** log2 of the lines of a base page. */
    public static final int PAGE_LINES_SHIFT = Frames.PAGE_SHIFT - LINE_SHIFT;

    private final int frameBits;
    private final int lineBits;

    public PhysicalLines(int nodes, long framesPerNode) {
        frameBits = Long.SIZE - Long.numberOfLeadingZeros(framesPerNode - 1);
        lineBits = Integer.SIZE - Integer.numberOfLeadingZeros(nodes - 1) + frameBits + PAGE_LINES_SHIFT;
    }

    /** The bits of a line number. */
    public int lineBits() {
        return lineBits;
    }

    /** The dense number of a frame. */
    public long frame(long pfn) {
        assert Frames.frameInNode(pfn) >>> frameBits == 0 : "frame " + Long.toHexString(pfn) + " beyond its node";
        return (pfn >>> Frames.NODE_SHIFT) << frameBits | Frames.frameInNode(pfn);
    }

    public int nodeOfLine(long line) {
        return (int) (line >>> frameBits + PAGE_LINES_SHIFT);
    }

    /** The line that holds word {@code index} of a table. */
    public long lineOfEntry(long table, int index) {
        return frame(table) << PAGE_LINES_SHIFT | index >>> 3;
    }
}
