package dev.mitosis.halsim;

/**
 * What a run of accesses asks of the caches, in program order: the entries that its walks read, and its data.
 *
 * <p>Shape: a word is {@code | line | row (4) |}: row 0 is data, the paging level an entry of a table, and {@link Pmu#EPT} plus the level
 * an entry of an extended table.
 *
 * <p>Translation does not depend on which cache answers, so it can go ahead of the caches by a whole list: that is what lets
 * either stage keep many of the host's own misses in flight.
 */
final class MemoryReferences {
    static final int LEVEL_SHIFT = 4;
    static final int LEVEL_MASK = 15;
    static final int DATA = 0;

    final long[] words;
    /** What answered each. */
    final byte[] where;

    int size;

    MemoryReferences(int capacity) {
        words = new long[capacity];
        where = new byte[capacity];
    }

    void add(long line, int level) {
        words[size++] = line << LEVEL_SHIFT | level;
    }

    static long line(long word) {
        return word >>> LEVEL_SHIFT;
    }

    static int level(long word) {
        return (int) word & LEVEL_MASK;
    }
}
