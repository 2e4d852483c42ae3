package dev.mitosis.halsim.cache;

import dev.mitosis.hal.Frames;

/**
 * Lines of physical memory: a physical address over {@value #LINE_BYTES}, and a board's numbering of them without gaps between nodes, so that
 * the number of a line fits the tags of a cache.
 *
 * <pre>
 *   line   = | node | frame within node (30)        | line within frame (6) |
 *   number = | node | frame within node (frameBits) | line within frame (6) |
 * </pre>
 */
public final class PhysicalLines {
    public static final int LINE_SHIFT = 6;
    public static final int LINE_BYTES = 1 << LINE_SHIFT;
    /** log2 of the lines of a base page. */
    public static final int PAGE_LINES_SHIFT = Frames.PAGE_SHIFT - LINE_SHIFT;

    private static final int NODE_SHIFT = Frames.NODE_SHIFT + PAGE_LINES_SHIFT;

    private final int nodeShift;
    private final int lineBits;

    public PhysicalLines(int nodes, long framesPerNode) {
        nodeShift = Long.SIZE - Long.numberOfLeadingZeros(framesPerNode - 1) + PAGE_LINES_SHIFT;
        lineBits = Integer.SIZE - Integer.numberOfLeadingZeros(nodes - 1) + nodeShift;
    }

    /** The bits of a line number. */
    public int lineBits() {
        return lineBits;
    }

    /** The line that holds word {@code index} of a table. */
    public static long ofEntry(long table, int index) {
        return table << PAGE_LINES_SHIFT | index >>> 3;
    }

    /** The line of a frame that an address of its page lies in. */
    public static long ofData(long pfn, long va) {
        return pfn << PAGE_LINES_SHIFT | (va >>> LINE_SHIFT & (1 << PAGE_LINES_SHIFT) - 1);
    }

    public static int node(long line) {
        return (int) (line >>> NODE_SHIFT);
    }

    public long number(long line) {
        long inNode = line & (1L << NODE_SHIFT) - 1;
        assert inNode >>> nodeShift == 0 : "line " + Long.toHexString(line) + " beyond its node";
        return line >>> NODE_SHIFT << nodeShift | inNode;
    }

    /** {@link #number} for many lines, above {@code shift} bits that stay. */
    public void number(long[] words, int count, int shift) {
        int from = NODE_SHIFT + shift;
        int to = nodeShift + shift;
        long below = (1L << from) - 1;
        for (int i = 0; i < count; i++) {
            long word = words[i];
            assert (word & below) >>> to == 0 : "line " + Long.toHexString(word >>> shift) + " beyond its node";
            words[i] = word >>> from << to | word & below;
        }
    }

    public int nodeOfNumber(long number) {
        return (int) (number >>> nodeShift);
    }
}
