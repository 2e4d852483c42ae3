package dev.mitosis.halsim.tlb;

import java.util.Arrays;

/**
 * The ways of the sets of a cache in order of last use, and eight bits of the tag that each way holds: what a look-up needs to know
 * before it reads a tag.
 *
 * <p>Shape: a set is a run of words, its length a power of two: first the order, a permutation of the ways in fields of
 * {@code fieldBits} with the most recent in the lowest, then a byte a way, its <em>mark</em>. A mark of 0 is an empty way or none at
 * all, and is never looked for; empty ways are the least recent of their set. Tags are their owner's, {@code tags[set * ways + way]}.
 *
 * <p>Cost: a hit, a miss and a replacement are a handful of operations on one word for up to 16 ways, without a branch that depends on
 * the way, and nothing is moved; for more ways a loop over the words. What it brings beside moving tags: docs/bench/simulation.md.
 *
 * <p>Source: exact search for a byte in a word: Warren, Hacker's Delight, 2nd ed., §6-1.
 */
final class LruSets {
    private static final int MARK_BITS = 8;
    private static final int MARKS_SHIFT = 3;
    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long BELOW_HIGHS = 0x7F7F_7F7F_7F7F_7F7FL;
    private static final int MIX = 0x9E37_79B1;

    private final int fieldBits;
    private final long fieldMask;
    private final long fieldOnes;
    private final long fieldHighs;
    private final int orderWords;
    /** Of a full word of the order: where its last field is, and the bits of all. */
    private final int topShift;

    private final long fullMask;
    /** The same of the order's last word. */
    private final int lastShift;

    private final long lastMask;
    private final int markWords;
    private final int headShift;
    private final long[] heads;

    LruSets(int sets, int ways) {
        fieldBits = Math.max(4, Integer.SIZE - Integer.numberOfLeadingZeros(ways - 1));
        int fields = Long.SIZE / fieldBits;
        fieldMask = (1L << fieldBits) - 1;
        long ones = 0;
        for (int field = 0; field < fields; field++) {
            ones |= 1L << field * fieldBits;
        }
        fieldOnes = ones;
        fieldHighs = ones << fieldBits - 1;
        orderWords = (ways + fields - 1) / fields;
        topShift = (fields - 1) * fieldBits;
        fullMask = ones * fieldMask;
        lastShift = (ways - 1) % fields * fieldBits;
        lastMask = (fieldMask << lastShift) | (1L << lastShift) - 1;
        markWords = (ways + 7) >>> MARKS_SHIFT;
        headShift = Integer.SIZE - Integer.numberOfLeadingZeros(orderWords + markWords - 1);
        heads = new long[sets << headShift];
        for (int set = 0; set < sets; set++) {
            for (int way = 0; way < ways; way++) {
                heads[(set << headShift) + way / fields] |= (long) way << way % fields * fieldBits;
            }
        }
    }

    // ---- which way ----

    /** The words of marks of a set. */
    int markWords() {
        return markWords;
    }

    /** What {@link #candidates} looks for: a tag's mark in every byte. */
    static long pattern(int tag) {
        return Math.max(1, tag * MIX >>> Integer.SIZE - MARK_BITS) * ONES;
    }

    /** The ways of one word of marks that may hold a tag: the highest bit of their bytes. */
    long candidates(int set, int word, long pattern) {
        long differs = heads[(set << headShift) + orderWords + word] ^ pattern;
        return ~((differs & BELOW_HIGHS) + BELOW_HIGHS | differs | BELOW_HIGHS);
    }

    /** The first of the candidates. */
    static int firstWay(int word, long candidates) {
        return (word << MARKS_SHIFT) + (Long.numberOfTrailingZeros(candidates) >>> MARKS_SHIFT);
    }

    // ---- the order ----

    void makeMostRecent(int set, int way) {
        long carried = way;
        for (int at = set << headShift; ; at++) {
            long word = heads[at];
            long found = find(word, way);
            if (found != 0) {
                int below = Long.numberOfTrailingZeros(found) - (fieldBits - 1);
                // Shifts in two steps: one of 64 would be one of 0.
                long above = word & -(1L << below << fieldBits);
                heads[at] = above | (word & (1L << below) - 1) << fieldBits | carried;
                return;
            }
            heads[at] = (word << fieldBits | carried) & fullMask;
            carried = word >>> topShift & fieldMask;
        }
    }

    /** Makes the least recent way the most recent, with the mark of a pattern, and says which it is. */
    int replaceLeastRecent(int set, long pattern) {
        int head = set << headShift;
        int last = head + orderWords - 1;
        long lastWord = heads[last];
        int way = (int) (lastWord >>> lastShift & fieldMask);
        long carried = way;
        for (int at = head; at < last; at++) {
            long word = heads[at];
            heads[at] = (word << fieldBits | carried) & fullMask;
            carried = word >>> topShift & fieldMask;
        }
        heads[last] = (lastWord << fieldBits | carried) & lastMask;
        setMark(head, way, pattern & 0xFF);
        return way;
    }

    /** Makes a way the least recent, and empty. */
    void empty(int set, int way) {
        int head = set << headShift;
        int last = head + orderWords - 1;
        int at = head;
        while (find(heads[at], way) == 0) {
            at++;
        }
        long word = heads[at];
        int below = Long.numberOfTrailingZeros(find(word, way)) - (fieldBits - 1);
        word = word & (1L << below) - 1 | word >>> below >>> fieldBits << below;
        for (; at < last; at++) {
            heads[at] = word | (heads[at + 1] & fieldMask) << topShift;
            word = heads[at + 1] >>> fieldBits;
        }
        heads[last] = word | (long) way << lastShift;
        setMark(head, way, 0);
    }

    /** Empties all ways of all sets. */
    void clear() {
        int stride = 1 << headShift;
        for (int head = 0; head < heads.length; head += stride) {
            Arrays.fill(heads, head + orderWords, head + stride, 0);
        }
    }

    /** The lowest bit set is the highest of the field that holds a way; 0 when none does. */
    private long find(long word, int way) {
        long differs = word ^ way * fieldOnes;
        return differs - fieldOnes & ~differs & fieldHighs;
    }

    private void setMark(int head, int way, long mark) {
        int at = head + orderWords + (way >>> MARKS_SHIFT);
        int shift = (way & 7) << MARKS_SHIFT;
        heads[at] = heads[at] & ~(0xFFL << shift) | mark << shift;
    }
}
