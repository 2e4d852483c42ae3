package dev.mitosis.halsim.walk;

import dev.mitosis.hal.ArrayMemory;
import dev.mitosis.hal.Frames;
import dev.mitosis.x86.Ept;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import java.util.Arrays;

/**
 * Where the level-2 table of a GiB is, for the GiBs that were asked lately: for {@link EntryPrefetch}, which may be wrong, and not part of
 * the machine. It is emptied when the processor forgets its walk caches.
 *
 * <p>Shape: {@code gibs[slot]} is a GiB's number plus one, 0 for none, and {@code tables[slot]} the frame of its table.
 */
final class PmdTableCache {
    static final long NONE = -1;

    /** Enough for the slices of a workload that goes everywhere in tens of GiB. */
    private static final int SLOTS = 256;

    private final boolean isExtended;
    private final long[] gibs = new long[SLOTS];
    private final long[] tables = new long[SLOTS];
    private long root = NONE;

    PmdTableCache(boolean isExtended) {
        this.isExtended = isExtended;
    }

    void clear() {
        Arrays.fill(gibs, 0);
    }

    /** The table of an address's GiB, or {@link #NONE}. */
    long tableOf(long address, ArrayMemory memory, long ofRoot, int levels) {
        if (root != ofRoot) {
            root = ofRoot;
            clear();
        }
        long gib = address >>> PagingLevel.shift(3);
        int slot = (int) gib & SLOTS - 1;
        return gibs[slot] == gib + 1 ? tables[slot] : walk(address, memory, levels, slot);
    }

    /** The table below an entry, or {@link #NONE}: where a page or nothing is, or something else in what was a table once. */
    long below(long entry, int level) {
        long table;
        if (isExtended) {
            table = Ept.isTable(entry, level) ? Ept.pfn(entry) : NONE;
        } else {
            table = Pte.isTable(entry, level) ? Pte.pfn(entry) : NONE;
        }
        return table != NONE && Frames.isTableFrame(table) ? table : NONE;
    }

    private long walk(long address, ArrayMemory memory, int levels, int slot) {
        long table = root;
        for (int level = levels; level > 2; level--) {
            table = below(memory.read(table, PagingLevel.index(address, level)), level);
            if (table == NONE) {
                return NONE;
            }
        }
        gibs[slot] = (address >>> PagingLevel.shift(3)) + 1;
        tables[slot] = table;
        return table;
    }
}
