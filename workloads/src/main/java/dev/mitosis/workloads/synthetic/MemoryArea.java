package dev.mitosis.workloads.synthetic;

/**
 * A range of anonymous memory that a workload maps at its start.
 *
 * @param alignBytes a power of two, at least the base page
 */
public record MemoryArea(String name, long sizeBytes, long alignBytes) {
    private static final long PAGE_BYTES = 4096;

    public MemoryArea {
        if (sizeBytes <= 0 || Long.bitCount(alignBytes) != 1 || alignBytes < PAGE_BYTES) {
            throw new IllegalArgumentException(name + ": " + sizeBytes + " bytes aligned to " + alignBytes);
        }
    }

    /** An area of whole pages that begins where a huge page can. */
    static MemoryArea of(String name, long bytes) {
        return new MemoryArea(name, (bytes + PAGE_BYTES - 1) & -PAGE_BYTES, 2L << 20);
    }
}
