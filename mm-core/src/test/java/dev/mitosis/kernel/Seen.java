package dev.mitosis.kernel;

import java.util.List;

/**
 * What can be seen after a call: its result, which pages are resident (one bit each, the heap's above the window's), and the lines
 * of the maps.
 */
record Seen(long result, long resident, List<Line> lines) {
    /** Rights: read 1, write 2, execute 4, shared 8. */
    record Line(long startVa, long endVa, int rights) {
        /** What of it lies in the window, if any does; what was moved beyond the window's end is not compared. */
        Line clipped() {
            return startVa < Window.END_VA && endVa > Window.VA
                    ? new Line(Math.max(startVa, Window.VA), Math.min(endVa, Window.END_VA), rights)
                    : this;
        }
    }

    /** The maps with like neighbours as one line: where Linux splits them depends on its reverse map. */
    String joined() {
        StringBuilder text = new StringBuilder();
        long start = 0;
        long end = 0;
        int rights = -1;
        for (Line whole : lines) {
            Line line = whole.clipped();
            if (line.startVa == end && line.rights == rights) {
                end = line.endVa;
                continue;
            }
            append(text, start, end, rights);
            start = line.startVa;
            end = line.endVa;
            rights = line.rights;
        }
        append(text, start, end, rights);
        return text.toString();
    }

    private static void append(StringBuilder text, long start, long end, int rights) {
        if (rights >= 0) {
            text.append(Long.toHexString(start))
                    .append('-')
                    .append(Long.toHexString(end))
                    .append(' ')
                    .append(rights)
                    .append('\n');
        }
    }
}
