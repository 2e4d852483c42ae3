package dev.mitosis.halsim.walk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mitosis.hal.ArrayMemory;
import dev.mitosis.hal.Frames;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import org.junit.jupiter.api.Test;

/** What is read ahead are the entries that walks will read, as far as is known; what is known wrong does no harm. */
class EntryPrefetchTest {
    private static final int LEVELS = 4;
    private static final int ROOT = 1;
    private static final int OTHER_ROOT = 2;
    private static final int GIANTS = 3;
    private static final int TABLE = 4;
    private static final int OTHER_TABLE = 5;
    private static final int LEAVES = 6;
    private static final int OTHER_LEAVES = 7;
    private static final long VA = (5L << 39) + (6L << 30) + (7L << 21) + (8L << 12);
    private static final long LEAF = Pte.of(99, Pte.PRESENT | Pte.WRITE);
    private static final long OTHER_LEAF = Pte.of(1234, Pte.PRESENT | Pte.WRITE);

    private final ArrayMemory memory = new ArrayMemory(1, false);
    private final EntryPrefetch prefetch = new EntryPrefetch(16);

    EntryPrefetchTest() {
        link(ROOT, 4, GIANTS);
        link(OTHER_ROOT, 4, GIANTS);
        link(GIANTS, 3, TABLE);
        link(TABLE, 2, LEAVES);
        link(OTHER_TABLE, 2, OTHER_LEAVES);
        memory.write(LEAVES, PagingLevel.index(VA, 1), LEAF);
        memory.write(OTHER_LEAVES, PagingLevel.index(VA, 1), OTHER_LEAF);
    }

    private void link(long table, int level, long below) {
        memory.write(table, PagingLevel.index(VA, level), Pte.of(below, Pte.TABLE_FLAGS));
    }

    /** The leaf entries that were read, added up. */
    private long read(long root, long... addresses) {
        prefetch.clear();
        for (long address : addresses) {
            prefetch.add(address);
        }
        long before = prefetch.read;
        prefetch.read(memory, root, LEVELS);
        return prefetch.read - before;
    }

    @Test
    void leavesAreRead() {
        assertEquals(2 * LEAF, read(ROOT, VA, VA + (1L << 30), VA, VA + 4096));
    }

    @Test
    void aTableThatMovedIsFoundWhenItWasForgottenOrTheRootIsAnother() {
        assertEquals(LEAF, read(ROOT, VA));
        link(GIANTS, 3, OTHER_TABLE);
        prefetch.forgetTables();
        assertEquals(OTHER_LEAF, read(ROOT, VA));
        link(GIANTS, 3, TABLE);
        assertEquals(LEAF, read(OTHER_ROOT, VA));
    }

    /** Where a table was that is remembered, there can be anything: here entries of pages, whose frames hold no tables. */
    @Test
    void whatIsNoTableAnyMoreIsNotFollowed() {
        assertEquals(LEAF, read(ROOT, VA));
        memory.write(TABLE, PagingLevel.index(VA, 2), Pte.of(Frames.TABLE_ZONE_FRAMES + 5, Pte.PRESENT | Pte.WRITE));
        assertEquals(0, read(ROOT, VA));
    }
}
