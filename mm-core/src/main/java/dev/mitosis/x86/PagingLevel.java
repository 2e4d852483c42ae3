package dev.mitosis.x86;

import dev.mitosis.hal.Frames;

/**
 * The geometry of a paging level: which bits of a virtual address index its table, and how much one entry spans.
 *
 * <p>Level 1 indexes with bits 20–12, each level above with the next nine bits.
 *
 * <p>Source: Intel SDM vol. 3A §4.5.4, figure 4-8.
 */
public final class PagingLevel {
    public static final int INDEX_BITS = 9;
    public static final int ENTRIES = 1 << INDEX_BITS;
    /** With 57-bit addresses. */
    public static final int MAX_LEVELS = 5;
    /** The order (log2 frames) of a 2 MiB page. */
    public static final int ORDER_2M = 9;

    private PagingLevel() {}

    /** log2 of the bytes that one entry of the level spans. */
    public static int shift(int level) {
        return Frames.PAGE_SHIFT + INDEX_BITS * (level - 1);
    }

    /** The bytes that one entry of the level spans: 4 KiB, 2 MiB, 1 GiB, 512 GiB, 256 TiB. */
    public static long spanBytes(int level) {
        return 1L << shift(level);
    }

    /** The entry of the level's table that a virtual address selects. */
    public static int index(long va, int level) {
        return (int) (va >>> shift(level)) & (ENTRIES - 1);
    }

    /** The first address after the entry of the level that spans {@code va}. */
    public static long nextBoundary(long va, int level) {
        return (va & -spanBytes(level)) + spanBytes(level);
    }

    /** One past the last user address: half of what the levels translate, less a guard page as in Linux's TASK_SIZE. */
    public static long userEndVa(int levels) {
        return (1L << (shift(levels) + INDEX_BITS - 1)) - Frames.PAGE_BYTES;
    }
}
