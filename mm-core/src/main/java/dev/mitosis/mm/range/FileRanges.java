package dev.mitosis.mm.range;

import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.pagecache.PageCache;
import dev.mitosis.mm.vma.Vma;
import java.util.List;

/**
 * What happens to an object is done to all address spaces that map it.
 *
 * <p>Source: Linux {@code mm/memory.c:unmap_mapping_range}.
 */
public final class FileRanges {
    private FileRanges() {}

    /** Sets a file's length. Whoever faults sees the new length before the pages beyond it are taken from the others. */
    public static void truncate(Context context, int cpu, PageCache file, long pages) {
        long before = file.pages();
        file.setLength(pages);
        if (pages < before) {
            for (MmStruct mm : file.mappers()) {
                unmapBeyond(context, mm, cpu, file, pages);
            }
            file.dropBeyond(context, cpu, pages);
        }
    }

    private static void unmapBeyond(Context context, MmStruct mm, int cpu, PageCache file, long pages) {
        mm.lock().lockRead(cpu);
        try {
            List<Vma> areas = mm.areas().all();
            for (Vma area : areas) {
                if (area.file() == file && area.pageOffset() + area.pages() > pages) {
                    long kept = Math.max(0, pages - area.pageOffset());
                    VmaOps.zap(context, mm, cpu, area.startVa() + (kept << 12), area.endVa());
                }
            }
        } finally {
            mm.lock().unlockRead(cpu);
        }
    }
}
