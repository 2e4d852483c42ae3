package dev.mitosis.x86;

import dev.mitosis.hal.Frames;

/**
 * The bits of an entry of an extended page table, which maps guest-physical to host-physical addresses.
 *
 * <pre>
 *   63  62..57  56..52   51..12        11  10   9  8  7   6    5..3   2  1  0
 *   SVE ignored ignored  frame number  -   XU   D  A  PS  IPAT type   X  W  R
 * </pre>
 *
 * <p>Bits 5..3 are the memory type of a leaf, 6 is write-back; an entry that points to a table has them 0. PS is where a {@link Pte}
 * has it, and R where that has P: an entry is a table under the same test.
 *
 * <p>Source: Intel SDM vol. 3C §29.3.2, tables 29-1 to 29-7; Linux {@code arch/x86/kvm/mmu/spte.h}.
 */
public final class Ept {
    public static final long READ = 1L;
    public static final long WRITE = 1L << 1;
    public static final long EXECUTE = 1L << 2;
    private static final int TYPE_SHIFT = 3;
    public static final long WRITE_BACK = 6L << TYPE_SHIFT;
    public static final long IGNORE_PAT = 1L << 6;
    public static final long HUGE = 1L << 7;
    public static final long ACCESSED = 1L << 8;
    public static final long DIRTY = 1L << 9;

    public static final long ACCESSED_DIRTY = ACCESSED | DIRTY;

    /** What a pointer to a table carries. */
    public static final long TABLE_FLAGS = READ | WRITE | EXECUTE;

    private Ept() {}

    /** The leaf entry of guest memory. */
    public static long leaf(long pfn, int level) {
        return leaf(pfn, level, true);
    }

    /** The same; without W where the host's own page may not be written. */
    public static long leaf(long pfn, int level, boolean isWritable) {
        long huge = level > 1 ? HUGE : 0;
        long write = isWritable ? WRITE : 0;
        return pfn << Frames.PAGE_SHIFT | READ | write | EXECUTE | WRITE_BACK | IGNORE_PAT | huge;
    }

    public static long table(long pfn) {
        return pfn << Frames.PAGE_SHIFT | TABLE_FLAGS;
    }

    /** Says whether anything is allowed: an entry without R, W and X is not there. */
    public static boolean isPresent(long entry) {
        return (entry & (READ | WRITE | EXECUTE)) != 0;
    }

    public static boolean isTable(long entry, int level) {
        return level > 1 && isPresent(entry) && (entry & HUGE) == 0;
    }

    /** The same entry for another frame. */
    public static long withPfn(long entry, long pfn) {
        return Pte.withPfn(entry, pfn);
    }

    public static long pfn(long entry) {
        return Pte.pfn(entry);
    }
}
