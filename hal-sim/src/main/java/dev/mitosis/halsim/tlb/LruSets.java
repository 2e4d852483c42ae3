package dev.mitosis.halsim.tlb;

import java.util.Arrays;

/**
 * The ways of the sets of a cache in order of last use, eight bits of the tag that each way holds, which say whether a look-up needs to read
 * the tag, and cells for their owner.
 *
 * <pre>
 *   words  | order … | marks … | cells of way 0 | cells of way 1 | …    a set, from its head
 * </pre>
 *
 * <p>Shape: the order is a permutation of the ways in fields of {@code fieldBits} with the most recent in the lowest; a <em>mark</em> is
 * a byte. A mark of 0 is an empty way or none at all; those that are looked for are 2 or more. Empty ways are the least recent of their
 * set.
 *
 * <p>Cost: a hit, a miss and a replacement are a handful of operations on one word for up to 16 ways, without a branch that depends on
 * the way, and nothing is moved; for more ways a loop over the words. What it brings beside moving tags: docs/bench/simulation.md.
 *
 * <p>Source: search for a byte in a word: Warren, Hacker's Delight, 2nd ed., §6-1.
 */
final class LruSets {
    private static final int MARK_BITS = 8;
    private static final int MARKS_SHIFT = 3;
    private static final long ONES = 0x0101_0101_0101_0101L;
    private static final long HIGHS = 0x8080_8080_8080_8080L;
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
    private final int stride;
    /** Where a set has the first cell of its owner. */
    private final int firstCell;

    final long[] words;

    /** @param cells words that each way has for its owner */
    LruSets(int sets, int ways, int cells) {
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
        firstCell = orderWords + markWords;
        stride = firstCell + cells * ways;
        words = new long[sets * stride];
        for (int set = 0; set < sets; set++) {
            for (int way = 0; way < ways; way++) {
                words[head(set) + way / fields] |= (long) way << way % fields * fieldBits;
            }
        }
    }

    /** Where a set begins. */
    int head(int set) {
        return set * stride;
    }

    /** Where the cells of a set begin, from its head. */
    int firstCell() {
        return firstCell;
    }

    // ---- which way ----

    /** The words of marks of a set. */
    int markWords() {
        return markWords;
    }

    /** What {@link #candidates} looks for: a tag's mark in every byte. With a mark of 1 ways that do not exist could be among the candidates. */
    static long pattern(int tag) {
        return Math.max(2, tag * MIX >>> Integer.SIZE - MARK_BITS) * ONES;
    }

    /**
     * The ways of one word of marks that may hold a tag: the highest bit of their bytes. Beside one that has its mark there may be some that
     * do not.
     */
    long candidates(int head, int word, long pattern) {
        long differs = words[head + orderWords + word] ^ pattern;
        return differs - ONES & ~differs & HIGHS;
    }

    /** The first of the candidates. */
    static int firstWay(int word, long candidates) {
        return (word << MARKS_SHIFT) + (Long.numberOfTrailingZeros(candidates) >>> MARKS_SHIFT);
    }

    // ---- the order ----

    void makeMostRecent(int head, int way) {
        long carried = way;
        for (int at = head; ; at++) {
            long word = words[at];
            long found = find(word, way);
            if (found != 0) {
                int below = Long.numberOfTrailingZeros(found) - (fieldBits - 1);
                // Shifts in two steps: one of 64 would be one of 0.
                long above = word & -(1L << below << fieldBits);
                words[at] = above | (word & (1L << below) - 1) << fieldBits | carried;
                return;
            }
            words[at] = (word << fieldBits | carried) & fullMask;
            carried = word >>> topShift & fieldMask;
        }
    }

    /** Makes the least recent way the most recent, with the mark of a pattern, and says which it is. */
    int replaceLeastRecent(int head, long pattern) {
        int last = head + orderWords - 1;
        long lastWord = words[last];
        int way = (int) (lastWord >>> lastShift & fieldMask);
        long carried = way;
        for (int at = head; at < last; at++) {
            long word = words[at];
            words[at] = (word << fieldBits | carried) & fullMask;
            carried = word >>> topShift & fieldMask;
        }
        words[last] = (lastWord << fieldBits | carried) & lastMask;
        setMark(head, way, pattern);
        return way;
    }

    /** Makes a way the least recent, and empty. */
    void empty(int head, int way) {
        int last = head + orderWords - 1;
        int at = head;
        while (find(words[at], way) == 0) {
            at++;
        }
        long word = words[at];
        int below = Long.numberOfTrailingZeros(find(word, way)) - (fieldBits - 1);
        word = word & (1L << below) - 1 | word >>> below >>> fieldBits << below;
        for (; at < last; at++) {
            words[at] = word | (words[at + 1] & fieldMask) << topShift;
            word = words[at + 1] >>> fieldBits;
        }
        words[last] = word | (long) way << lastShift;
        setMark(head, way, 0);
    }

    /** Empties all ways of all sets. */
    void clear() {
        for (int head = 0; head < words.length; head += stride) {
            Arrays.fill(words, head + orderWords, head + stride, 0);
        }
    }

    /** The lowest bit set is the highest of the field that holds a way; 0 when none does. */
    private long find(long word, int way) {
        long differs = word ^ way * fieldOnes;
        return differs - fieldOnes & ~differs & fieldHighs;
    }

    /** @param pattern the mark in every byte */
    private void setMark(int head, int way, long pattern) {
        int at = head + orderWords + (way >>> MARKS_SHIFT);
        long lane = 0xFFL << ((way & 7) << MARKS_SHIFT);
        words[at] = words[at] & ~lane | pattern & lane;
    }
}
