package dev.mitosis.mm.fault;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.vma.Vma;

/**
 * Lets an area that grows downwards grow to an address just below it.
 *
 * <p>Source: Linux {@code mm/mmap.c:expand_downwards, acct_stack_growth}; mmap(2), MAP_GROWSDOWN.
 */
final class StackGrowth {
    /** What stays free below a stack (stack_guard_gap). */
    private static final long GUARD_BYTES = 256 * Frames.PAGE_BYTES;

    private StackGrowth() {}

    /** Grows the area above an address down to it, if there is one that may; takes mmap_lock for writing. */
    static void tryGrow(Context context, Task task, long va) {
        MmStruct mm = task.mm();
        mm.lock().lockWrite();
        try {
            Vma area = mm.areas().firstEndingAfter(va);
            if (area == null || area.startVa() <= va || !area.has(Vma.GROWSDOWN)) {
                return;
            }
            long start = va & -Frames.PAGE_BYTES;
            long pages = (area.startVa() - start) >>> Frames.PAGE_SHIFT;
            Vma below = mm.areas().lastStartingBelow(area.startVa());
            boolean isTooNear = below != null
                    && below.has(Vma.PROTECTION)
                    && below.endVa() + (below.has(Vma.GROWSDOWN) ? 0 : GUARD_BYTES) > start;
            boolean isInTheWay = below != null && below.endVa() > start;
            boolean isTooLarge = area.endVa() - start > mm.limits().stackBytes()
                    || (mm.mappedPages() + pages) << Frames.PAGE_SHIFT
                            > mm.limits().addressSpaceBytes();
            if (isTooNear || isInTheWay || isTooLarge) {
                return;
            }
            if (area.has(Vma.ACCOUNT)) {
                context.overcommit().charge(pages);
            }
            context.flush().drain(mm, task.cpu());
            mm.countArea(area, -1);
            area.setBounds(start, area.endVa());
            mm.countArea(area, 1);
            mm.areas().startMoved(area);
        } finally {
            mm.lock().unlockWrite();
        }
    }
}
