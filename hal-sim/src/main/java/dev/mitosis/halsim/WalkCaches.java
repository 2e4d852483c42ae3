package dev.mitosis.halsim;

import dev.mitosis.halsim.tlb.Tlb;
import dev.mitosis.halsim.tlb.WalkCache;
import dev.mitosis.x86.PagingLevel;

/**
 * The paging-structure caches of a core: for each level, the tables that recent walks found below its entries.
 *
 * <p>A word is the frame of the table below plus one, so that it is never 0.
 *
 * <p>Source: Intel SDM vol. 3A §4.10.3; Barr, Cox, Rixner: Translation caching (ISCA'10).
 */
final class WalkCaches {
    private static final int KIND = 1;
    private final WalkCache[] byLevel = new WalkCache[6];

    WalkCaches(MachineProfile profile) {
        for (int level = 2; level <= 5; level++) {
            byLevel[level] = new WalkCache(profile.walkCacheEntries(level));
        }
    }

    /** The table that an entry of the level points to for an address, or -1. */
    long table(long va, int level, int pcid) {
        return byLevel[level].lookup(va >>> PagingLevel.shift(level), Tlb.tagBits(pcid, KIND)) - 1;
    }

    void insert(long va, int level, int pcid, long table) {
        byLevel[level].insert(va >>> PagingLevel.shift(level), Tlb.tagBits(pcid, KIND), table + 1);
    }

    boolean contains(long va, int level, int pcid) {
        return byLevel[level].contains(va >>> PagingLevel.shift(level), Tlb.tagBits(pcid, KIND));
    }

    void clear() {
        for (int level = 2; level <= 5; level++) {
            byLevel[level].clear();
        }
    }

    void removeAll(int pcid) {
        for (int level = 2; level <= 5; level++) {
            byLevel[level].removeAll(pcid);
        }
    }
}
