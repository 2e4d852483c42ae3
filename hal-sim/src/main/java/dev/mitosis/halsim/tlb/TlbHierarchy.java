package dev.mitosis.halsim.tlb;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * The two levels of translation caches of a core, for three page sizes.
 *
 * <p>A word holds what a translation gives: the frame of the page's first 4 KiB, the right to write, and whether stores go through
 * without a walk, which takes that right and D that is known to be set; bit 0 is always set.
 *
 * <pre>
 *   | frame (40) | page level (2) | dirty | writable | 1 |
 * </pre>
 */
public final class TlbHierarchy {
    public static final int VALID = 1;
    public static final int WRITABLE = 1 << 1;
    public static final int DIRTY = 1 << 2;
    public static final int LEVEL_SHIFT = 3;
    public static final int FRAME_SHIFT = 5;

    private static final int WRITE_SHIFT = Long.numberOfTrailingZeros(Pte.WRITE);
    private static final int DIRTY_SHIFT = Long.numberOfTrailingZeros(Pte.DIRTY);

    /** {@code l1[level]} and {@code second[level]}: level 1 is 4 KiB, 2 is 2 MiB, 3 is 1 GiB. */
    private final Tlb[] l1 = new Tlb[4];

    private final Tlb[] second = new Tlb[4];

    /** The 4 KiB ones again, which nearly every access asks. */
    private final Tlb firstBase;

    private final Tlb secondBase;
    /** Page sizes that were ever put in: those that never were need no look-up. */
    private boolean hasHuge;

    private boolean hasGiant;

    public TlbHierarchy(MachineProfile.TlbSizes sizes) {
        l1[1] = new Tlb(sizes.l1Base().entries(), sizes.l1Base().ways());
        l1[2] = new Tlb(sizes.l1Huge().entries(), sizes.l1Huge().ways());
        l1[3] = new Tlb(sizes.l1Giant().entries(), sizes.l1Giant().ways());
        second[1] = new Tlb(sizes.second().entries(), sizes.second().ways());
        second[2] = second[1];
        second[3] = new Tlb(sizes.secondGiant().entries(), sizes.secondGiant().ways());
        firstBase = l1[1];
        secondBase = second[1];
    }

    public static long word(long entry, int level) {
        long writable = entry >>> WRITE_SHIFT & 1;
        long dirty = entry >>> DIRTY_SHIFT & writable;
        return Pte.pfn(entry) << FRAME_SHIFT
                | (long) level << LEVEL_SHIFT
                | dirty * DIRTY
                | writable * WRITABLE
                | VALID;
    }

    public static int level(long word) {
        return (int) (word >>> LEVEL_SHIFT) & 3;
    }

    /** The frame of the 4 KiB that an address lies in. */
    public static long frame(long word, long va) {
        long frame = word >>> FRAME_SHIFT;
        int level = level(word);
        return level == 1 ? frame : frame + ((va & (PagingLevel.spanBytes(level) - 1)) >>> 12);
    }

    /** The tag of an address's base page: with its {@link Tlb#pattern} what look-ups and insertions are given, so that it is worked out once. */
    public static long tag(long va, int pcid) {
        return Tlb.tag(va >>> 12, pcid, 1);
    }

    /** The translation in the first level, or 0. */
    public long lookupFirst(long va, int pcid, long tag, long pattern) {
        long word = firstBase.lookupTag(tag, pattern);
        if (word == 0 && hasHuge) {
            word = l1[2].lookup(va >>> 21, Tlb.tagBits(pcid, 2));
            if (word == 0 && hasGiant) {
                word = l1[3].lookup(va >>> 30, Tlb.tagBits(pcid, 3));
            }
        }
        return word;
    }

    /** Says whether the first level has a translation; changes nothing. */
    public boolean isInFirst(long va, int pcid) {
        return firstBase.contains(va >>> 12, Tlb.tagBits(pcid, 1))
                || (hasHuge && l1[2].contains(va >>> 21, Tlb.tagBits(pcid, 2)))
                || (hasGiant && l1[3].contains(va >>> 30, Tlb.tagBits(pcid, 3)));
    }

    /** The translation in either level, or 0; changes nothing. */
    public long peek(long va, int pcid) {
        for (int level = 1; level <= 3; level++) {
            long page = va >>> PagingLevel.shift(level);
            long word = l1[level].peek(page, Tlb.tagBits(pcid, level));
            word = word != 0 ? word : second[level].peek(page, Tlb.tagBits(pcid, level));
            if (word != 0) {
                return word;
            }
        }
        return 0;
    }

    /** The translation in the second level, put into the first; or 0. */
    public long lookupSecond(long va, int pcid, long tag, long pattern) {
        long word = secondBase.lookupTag(tag, pattern);
        if (word == 0 && hasHuge) {
            word = second[2].lookup(va >>> 21, Tlb.tagBits(pcid, 2));
            if (word == 0 && hasGiant) {
                word = second[3].lookup(va >>> 30, Tlb.tagBits(pcid, 3));
            }
        }
        if (word != 0) {
            int level = level(word);
            l1[level].insert(va >>> PagingLevel.shift(level), Tlb.tagBits(pcid, level), word);
        }
        return word;
    }

    /** Puts a translation that neither level has into both. */
    public void insert(long va, int pcid, long tag, long pattern, long word) {
        int level = level(word);
        if (level == 1) {
            firstBase.insertTag(tag, pattern, word);
            secondBase.insertTag(tag, pattern, word);
            return;
        }
        hasHuge = true;
        hasGiant |= level > 2;
        long page = va >>> PagingLevel.shift(level);
        l1[level].insert(page, Tlb.tagBits(pcid, level), word);
        second[level].insert(page, Tlb.tagBits(pcid, level), word);
    }

    /** Forgets an address's translation of every page size. */
    public void remove(long va, int pcid) {
        for (int level = 1; level <= 3; level++) {
            long page = va >>> PagingLevel.shift(level);
            l1[level].remove(page, Tlb.tagBits(pcid, level));
            second[level].remove(page, Tlb.tagBits(pcid, level));
        }
    }

    public void removeRange(int pcid, long startVa, long endVa) {
        for (int level = 1; level <= 3; level++) {
            long first = startVa >>> PagingLevel.shift(level);
            long last = (endVa - 1) >>> PagingLevel.shift(level);
            l1[level].removeRange(pcid, level, first, last);
            second[level].removeRange(pcid, level, first, last);
        }
    }

    /** Forgets everything. */
    public void clear() {
        for (int level = 1; level <= 3; level++) {
            l1[level].clear();
            second[level].clear();
        }
    }

    public void removeAll(int pcid) {
        for (int level = 1; level <= 3; level++) {
            l1[level].removeAll(pcid);
            if (level != 2) {
                second[level].removeAll(pcid);
            }
        }
    }
}
