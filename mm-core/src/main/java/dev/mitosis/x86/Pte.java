package dev.mitosis.x86;

import dev.mitosis.hal.Frames;

/**
 * The bits of an x86-64 page-table entry, at every level.
 *
 * <pre>
 *   63  62..59  58..52   51..12        11..9  8  7   6  5  4   3   2   1   0
 *   NX  pkey    ignored  frame number  soft   G  PS  D  A  PCD PWT U/S R/W P
 * </pre>
 *
 * <p>A huge leaf (level 2 or 3) has PS set. Bit 12 of a huge leaf is its PAT bit, always 0 here.
 *
 * <p>An entry without P is free for the kernel's own use. {@link #PROT_NONE} follows Linux: the global bit in an entry that
 * is not present marks a page that is mapped, but faults on each access (mprotect's PROT_NONE and NUMA hints). {@link #SWAP}
 * marks an entry whose frame bits are a swap slot.
 *
 * <p>Source: Intel SDM vol. 3A §4.5.4 and table 4-19; Linux {@code arch/x86/include/asm/pgtable_types.h}.
 */
public final class Pte {
    public static final long PRESENT = 1L;
    public static final long WRITE = 1L << 1;
    public static final long USER = 1L << 2;
    public static final long ACCESSED = 1L << 5;
    public static final long DIRTY = 1L << 6;
    /** The entry maps a page at level 2 or 3 (PS). */
    public static final long HUGE = 1L << 7;

    public static final long GLOBAL = 1L << 8;
    public static final long NO_EXECUTE = 1L << 63;

    /** Software bit of a mapped page that belongs to no process: the zero page. It is never counted, shared or freed. */
    public static final long SPECIAL = 1L << 9;

    /** Software bit that marks an entry which is not present as the number of a swap slot. */
    public static final long SWAP = 1L << 10;

    /** Marks a mapped page that must fault, where {@link #PRESENT} is clear. */
    public static final long PROT_NONE = GLOBAL;

    public static final long FRAME_MASK = 0x000F_FFFF_FFFF_F000L;

    /** The bits that hardware sets. */
    public static final long ACCESSED_DIRTY = ACCESSED | DIRTY;

    /** What a non-leaf entry carries besides its frame. */
    public static final long TABLE_FLAGS = PRESENT | WRITE | USER | ACCESSED | DIRTY;

    /** The empty entry. */
    public static final long NONE = 0;

    private static final int SPECIAL_TO_WRITE = Long.numberOfTrailingZeros(SPECIAL) - Long.numberOfTrailingZeros(WRITE);

    private Pte() {}

    public static long of(long pfn, long flags) {
        assert (flags & FRAME_MASK) == 0 : "flags " + Long.toHexString(flags);
        return (pfn << Frames.PAGE_SHIFT) | flags;
    }

    public static long pfn(long entry) {
        return (entry & FRAME_MASK) >>> Frames.PAGE_SHIFT;
    }

    public static long flags(long entry) {
        return entry & ~FRAME_MASK;
    }

    public static long withPfn(long entry, long pfn) {
        return (entry & ~FRAME_MASK) | (pfn << Frames.PAGE_SHIFT);
    }

    public static boolean isPresent(long entry) {
        return (entry & PRESENT) != 0;
    }

    /** Says whether a frame is mapped: by a present entry, or by one that faults on purpose. */
    public static boolean isMapped(long entry) {
        return (entry & (PRESENT | PROT_NONE)) != 0;
    }

    /** The entry of a page that was written to a swap slot. */
    public static long swap(long slot) {
        return of(slot, SWAP);
    }

    public static boolean isSwap(long entry) {
        return (entry & (PRESENT | PROT_NONE | SWAP)) == SWAP;
    }

    public static long swapSlot(long entry) {
        return pfn(entry);
    }

    /** Says whether the entry maps the zero page. */
    public static boolean isSpecial(long entry) {
        return isMapped(entry) && (entry & SPECIAL) != 0;
    }

    /**
     * A leaf with bits cleared and set. The zero page never gets the right to write: {@link #SPECIAL}, moved to the place of
     * {@link #WRITE}, takes it out.
     */
    public static long modified(long entry, long clearBits, long setBits) {
        return (entry & ~clearBits) | (setBits & ~((entry & SPECIAL) >>> SPECIAL_TO_WRITE));
    }

    /** Says whether a present entry of a level points to a table of the level below. */
    public static boolean isTable(long entry, int level) {
        return level > 1 && (entry & (PRESENT | HUGE)) == PRESENT;
    }

    /** Says whether the entry of a level maps a page: 4 KiB at level 1, 2 MiB at 2, 1 GiB at 3. */
    public static boolean isLeaf(long entry, int level) {
        return isMapped(entry) && (level == 1 || (entry & HUGE) != 0);
    }
}
