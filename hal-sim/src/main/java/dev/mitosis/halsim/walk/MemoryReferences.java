package dev.mitosis.halsim.walk;

import dev.mitosis.hal.ArrayMemory;
import dev.mitosis.halsim.cache.PhysicalLines;
import dev.mitosis.x86.PagingLevel;

/**
 * What a run of accesses asks of the caches, in program order: the entries that its walks read, and its data.
 *
 * <p>Shape: a word is {@code | line | row (4) |}. The line is one of {@link PhysicalLines}, and its number there after {@link #number}. Row 0
 * is data, the paging level an entry of a table, and {@link dev.mitosis.halsim.cost.Pmu#EPT} plus the level an entry of an extended table.
 *
 * <p>Translation does not depend on which cache answers, so it can go ahead of the caches by a whole list: that is what lets
 * either stage keep many of the host's own misses in flight.
 */
public final class MemoryReferences {
    public static final int LEVEL_SHIFT = 4;
    static final int LEVEL_MASK = 15;
    public static final int DATA = 0;

    public final long[] words;
    /** What answered each. */
    public final byte[] where;

    public int size;

    public MemoryReferences(int capacity) {
        words = new long[capacity];
        where = new byte[capacity];
    }

    public void add(long line, int row) {
        words[size++] = word(line, row);
    }

    /** Reads the entry of an address in a table of a level, and appends that. */
    long read(ArrayMemory memory, long table, long address, int level) {
        return read(memory, table, table, address, level, level);
    }

    /** The same where the words of a table are kept under another frame than the one that holds it. */
    long read(ArrayMemory memory, long table, long frame, long address, int level, int row) {
        int index = PagingLevel.index(address, level);
        add(PhysicalLines.ofEntry(frame, index), row);
        return memory.peek(table, index);
    }

    static long word(long line, int row) {
        return line << LEVEL_SHIFT | row;
    }

    /** Gives lines the numbers that caches know them by. */
    public void number(PhysicalLines lines) {
        lines.number(words, size, LEVEL_SHIFT);
    }

    public static long line(long word) {
        return word >>> LEVEL_SHIFT;
    }

    public static int level(long word) {
        return (int) word & LEVEL_MASK;
    }
}
