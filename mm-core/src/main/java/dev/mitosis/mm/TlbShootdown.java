package dev.mitosis.mm;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.Processors;

/**
 * Makes every processor forget a range of an address space, in three phases.
 *
 * <ol>
 *   <li><b>issue</b>: the address space's generation grows. A processor that does not run it now sees at its next switch that
 *       what it knows is old.
 *   <li><b>dispatch</b>: each processor that has the address space loaded is told: the range page by page, or everything
 *       when the range is above {@value #CEILING_PAGES} pages.
 *   <li><b>sync</b>: all have answered. Only now may frames and tables of the range be freed.
 * </ol>
 *
 * <p>Source: Linux {@code arch/x86/mm/tlb.c:flush_tlb_mm_range}, tlb_single_page_flush_ceiling.
 */
final class TlbShootdown {
    static final int CEILING_PAGES = 33;

    private TlbShootdown() {}

    /** @param tables whether page tables of the range will be freed, so that paging-structure caches must forget too */
    static void run(Platform platform, MmStruct mm, int cpu, long startVa, long endVa, boolean tables) {
        mm.nextTlbGeneration();
        int targets = 0;
        for (int target = mm.cpus().nextSetBit(0);
                target >= 0;
                target = mm.cpus().nextSetBit(target + 1)) {
            dispatch(platform, mm, target, startVa, endVa, tables);
            targets += target == cpu ? 0 : 1;
        }
        if (mm.cpus().get(cpu)) {
            platform.meter().localFlush(cpu);
        }
        if (targets > 0) {
            platform.meter().shootdown(cpu, targets);
        }
    }

    private static void dispatch(Platform platform, MmStruct mm, int target, long startVa, long endVa, boolean tables) {
        Processors processors = platform.board().processors();
        RunQueues queues = platform.queues();
        int pcid = queues.pcid(target);
        if ((endVa - startVa) >>> Frames.PAGE_SHIFT > CEILING_PAGES) {
            processors.invalidateAll(target, pcid);
        } else {
            processors.invalidateRange(target, pcid, startVa, endVa, tables);
        }
        queues.caughtUp(target, mm);
    }
}
