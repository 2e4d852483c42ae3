package dev.mitosis.halnative;

import java.util.BitSet;

/** Lists of numbers as the kernel prints them: {@code 0-3,8,10-11}. */
public final class IdList {
    private static final int MAX_ID = 1 << 20;

    private IdList() {}

    /** Parses a list; an empty one is the empty set. */
    public static BitSet parse(String text) {
        BitSet ids = new BitSet();
        String list = text.strip();
        if (list.isEmpty()) {
            return ids;
        }
        for (String range : list.split(",", -1)) {
            String[] ends = range.split("-", 2);
            try {
                int first = Integer.parseInt(ends[0]);
                int last = ends.length == 1 ? first : Integer.parseInt(ends[1]);
                if (first < 0 || last < first || last > MAX_ID) {
                    throw new IllegalArgumentException("'" + range + "' is no range of numbers");
                }
                ids.set(first, last + 1);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("'" + list + "' is no list of numbers", e);
            }
        }
        return ids;
    }

    /** Prints a set as the kernel would. */
    public static String print(BitSet ids) {
        StringBuilder text = new StringBuilder();
        for (int first = ids.nextSetBit(0); first >= 0; ) {
            int last = ids.nextClearBit(first) - 1;
            text.append(text.isEmpty() ? "" : ",").append(first);
            if (last > first) {
                text.append('-').append(last);
            }
            first = ids.nextSetBit(last + 1);
        }
        return text.toString();
    }
}
