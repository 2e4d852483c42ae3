package dev.mitosis.halsim.tlb;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.x86.PagingLevel;
import java.util.Arrays;
import java.util.stream.LongStream;

/**
 * The paging-structure caches of a core: for each level, the tables that recent walks found below its entries.
 *
 * <p>A word says where such a table is; what is in it is the walker's business, but it is never 0.
 *
 * <p>Source: Intel SDM vol. 3A §4.10.3; Barr, Cox, Rixner: Translation caching (ISCA'10).
 */
public final class WalkCaches {
    private static final int KIND = 1;

    private final WalkCache[] byLevel = new WalkCache[PagingLevel.MAX_LEVELS + 1];
    /** The same again, for walks. */
    private final WalkCache lowest;

    private final WalkCache middle;
    private final WalkCache upper;
    private final WalkCache top;

    /** The level of the table that {@link #deepest} found. */
    public int level;

    public WalkCaches(MachineProfile profile) {
        for (int at = 2; at < byLevel.length; at++) {
            byLevel[at] = new WalkCache(profile.walkCacheEntries(at));
        }
        lowest = byLevel[2];
        middle = byLevel[3];
        upper = byLevel[4];
        top = byLevel[5];
    }

    /** The word of the deepest table that is known for an address, and {@link #level} its level; 0 when none is. */
    public long deepest(long va, int levels, int pcid) {
        long tagBits = Tlb.tagBits(pcid, KIND);
        level = 1;
        long word = lowest.lookup(va >>> PagingLevel.shift(2), tagBits);
        return word != 0 ? word : above(va, levels, tagBits);
    }

    /** The upper levels one by one, so that the compiler knows each. */
    private long above(long va, int levels, long tagBits) {
        level = 2;
        long word = middle.lookup(va >>> PagingLevel.shift(3), tagBits);
        if (word == 0 && levels > 3) {
            level = 3;
            word = upper.lookup(va >>> PagingLevel.shift(4), tagBits);
            if (word == 0 && levels > 4) {
                level = 4;
                word = top.lookup(va >>> PagingLevel.shift(5), tagBits);
            }
        }
        return word;
    }

    /** Keeps the word of the table below an entry of a level. */
    public void insert(long va, int ofLevel, int pcid, long word) {
        byLevel[ofLevel].insert(va >>> PagingLevel.shift(ofLevel), Tlb.tagBits(pcid, KIND), word);
    }

    public void clear() {
        for (int at = 2; at < byLevel.length; at++) {
            byLevel[at].clear();
        }
    }

    public void removeAll(int pcid) {
        for (int at = 2; at < byLevel.length; at++) {
            byLevel[at].removeAll(pcid);
        }
    }

    /** The words of all entries: for audits. */
    public LongStream present() {
        return Arrays.stream(byLevel, 2, byLevel.length).flatMapToLong(cache -> Arrays.stream(cache.present()));
    }
}
