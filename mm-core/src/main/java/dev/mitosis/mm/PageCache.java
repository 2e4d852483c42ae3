package dev.mitosis.mm;

import dev.mitosis.hal.Frames;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * The pages of a shared object, by page number: what all that map it see.
 *
 * <p>It holds one reference to each frame that it has, and lets them go when no area maps the object any more.
 *
 * <p>Source: the role of Linux {@code mm/filemap.c} and {@code mm/shmem.c}.
 */
public final class PageCache {
    private static final int CHUNK_SHIFT = 9;

    private final String name;
    private final Map<Long, long[]> chunks = new HashMap<>();
    private long mappedPages;

    public PageCache(String name) {
        this.name = name;
    }

    /** The frame of a page, or {@link Frames#NO_FRAME}. */
    public long lookup(long page) {
        long[] chunk = chunks.get(page >>> CHUNK_SHIFT);
        return chunk == null ? Frames.NO_FRAME : chunk[(int) page & ((1 << CHUNK_SHIFT) - 1)];
    }

    void insert(long page, long pfn) {
        long[] chunk = chunks.computeIfAbsent(page >>> CHUNK_SHIFT, number -> {
            long[] fresh = new long[1 << CHUNK_SHIFT];
            Arrays.fill(fresh, Frames.NO_FRAME);
            return fresh;
        });
        chunk[(int) page & ((1 << CHUNK_SHIFT) - 1)] = pfn;
    }

    /** Counts the pages of areas that map the object; with the last of them its own pages are released. */
    void countMapped(Platform platform, int cpu, long change) {
        mappedPages += change;
        assert mappedPages >= 0 : this + " is mapped " + mappedPages + " times";
        if (mappedPages == 0) {
            for (long[] chunk : chunks.values()) {
                for (long pfn : chunk) {
                    if (pfn != Frames.NO_FRAME) {
                        platform.releasePages(cpu, pfn, FrameAllocator.ORDER_4K);
                    }
                }
            }
            chunks.clear();
        }
    }

    @Override
    public String toString() {
        return name;
    }
}
