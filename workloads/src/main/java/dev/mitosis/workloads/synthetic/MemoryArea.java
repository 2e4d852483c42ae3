package dev.mitosis.workloads.synthetic;

/**
 * A range of anonymous memory that a workload maps at its start.
 *
 * @param alignBytes a power of two, at least the base page
 * @param isGrown whether it grows piece by piece as the program allocates small objects, and each piece is touched before the next is
 *     there: a fault then finds no room for a huge page
 */
public record MemoryArea(String name, long sizeBytes, long alignBytes, boolean isGrown) {
    private static final long PAGE_BYTES = 4096;

    /** An area that is mapped at once. */
    public MemoryArea(String name, long sizeBytes, long alignBytes) {
        this(name, sizeBytes, alignBytes, false);
    }

    public MemoryArea {
        if (sizeBytes <= 0 || Long.bitCount(alignBytes) != 1 || alignBytes < PAGE_BYTES) {
            throw new IllegalArgumentException(name + ": " + sizeBytes + " bytes aligned to " + alignBytes);
        }
    }

    /** An area of whole pages that begins where a huge page can. */
    static MemoryArea of(String name, long bytes) {
        return new MemoryArea(name, (bytes + PAGE_BYTES - 1) & -PAGE_BYTES, 2L << 20);
    }

    /** A heap of small objects, as malloc grows it: brk in steps of 128 KiB (glibc {@code malloc/malloc.c:DEFAULT_TOP_PAD}). */
    static MemoryArea grown(String name, long bytes) {
        return new MemoryArea(name, (bytes + PAGE_BYTES - 1) & -PAGE_BYTES, 2L << 20, true);
    }
}
