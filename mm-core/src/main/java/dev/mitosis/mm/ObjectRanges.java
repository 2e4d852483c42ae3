package dev.mitosis.mm;

import java.util.List;

/**
 * What happens to an object is done to all address spaces that map it.
 *
 * <p>Source: Linux {@code mm/memory.c:unmap_mapping_range}.
 */
public final class ObjectRanges {
    private ObjectRanges() {}

    /** Sets a file's length. Whoever faults sees the new length before the pages beyond it are taken from the others. */
    public static void truncate(Platform platform, int cpu, PageCache file, long pages) {
        long before = file.pages();
        file.setLength(pages);
        if (pages < before) {
            for (MmStruct mm : file.mappers()) {
                unmapBeyond(platform, mm, cpu, file, pages);
            }
            file.dropBeyond(platform, cpu, pages);
        }
    }

    private static void unmapBeyond(Platform platform, MmStruct mm, int cpu, PageCache file, long pages) {
        mm.lock().lockRead(cpu);
        try {
            List<Vma> areas = mm.areas().all();
            for (Vma area : areas) {
                if (area.file() == file && area.pageOffset() + area.pages() > pages) {
                    long kept = Math.max(0, pages - area.pageOffset());
                    Areas.zap(platform, mm, cpu, area.startVa() + (kept << 12), area.endVa());
                }
            }
        } finally {
            mm.lock().unlockRead(cpu);
        }
    }
}
