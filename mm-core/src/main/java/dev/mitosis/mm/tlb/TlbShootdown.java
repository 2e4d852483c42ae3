package dev.mitosis.mm.tlb;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.Processors;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.MmuNotifier;
import dev.mitosis.mm.TlbSettings;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.stat.VmEvent;
import dev.mitosis.x86.PageTableOps;

/**
 * Makes every processor forget a range of an address space, in three phases.
 *
 * <ol>
 *   <li><b>issue</b>: the address space's generation grows. A processor that does not run it now sees at its next switch that
 *       what it knows is old; so does one that is idle and has kept it loaded, unless tables are to be freed.
 *   <li><b>dispatch</b>: each processor that has the address space loaded is told: the range page by page, or everything
 *       when the range is above {@value #CEILING_PAGES} pages, or when the processor has missed a generation.
 *   <li><b>sync</b>: all have answered, and so has who keeps translations made from these ({@link MmuNotifier}). Only now may frames and
 *       tables of the range be freed.
 * </ol>
 *
 * <p>Source: Linux {@code arch/x86/mm/tlb.c:flush_tlb_mm_range, flush_tlb_func}, tlb_single_page_flush_ceiling.
 */
public final class TlbShootdown {
    static final int CEILING_PAGES = 33;

    private TlbShootdown() {}

    /**
     * Flushes a range of an address space from all processors that have it loaded.
     *
     * @param tables whether page tables of the range will be freed, so that paging-structure caches must forget too
     */
    public static void run(Context context, MmStruct mm, int cpu, long startVa, long endVa, boolean tables) {
        long generation = mm.nextTlbGeneration();
        long holders = context.ops().holders(mm.loadedTable(), startVa, endVa);
        int targets = 0;
        boolean isLocal = false;
        for (int target = mm.cpus().nextSetBit(0);
                target >= 0;
                target = mm.cpus().nextSetBit(target + 1)) {
            if (holds(context, mm, target, holders)
                    && dispatch(context, mm, generation, target, startVa, endVa, tables)) {
                isLocal |= target == cpu;
                targets += target == cpu ? 0 : 1;
            }
        }
        if (isLocal) {
            context.meter().localFlush(cpu);
        }
        if (targets > 0) {
            if (context.settings().tlb().broadcast() && targets + (isLocal ? 1 : 0) >= TlbSettings.BROADCAST_CPUS) {
                context.meter().broadcastFlush(cpu);
            } else {
                context.meter().shootdown(cpu, targets);
            }
            context.vmstat().count(cpu, VmEvent.NR_TLB_REMOTE_FLUSH);
        }
        mm.notifier().invalidated(cpu, startVa, endVa);
    }

    /** Says whether a processor's tables can have led it to the range. One that is left out sees the generation at its next flush. */
    private static boolean holds(Context context, MmStruct mm, int target, long holders) {
        if (holders == PageTableOps.ANY_NODE) {
            return true;
        }
        int node = context.topology().nodeOfCpu(target);
        long root = context.ops().rootFor(mm.loadedTable(), target, node);
        return (holders >>> Frames.nodeOf(root) & 1) != 0;
    }

    private static boolean dispatch(
            Context context, MmStruct mm, long generation, int target, long startVa, long endVa, boolean tables) {
        CpuState queues = context.queues();
        queues.lock(target);
        try {
            if (!queues.hasLoaded(target, mm)) {
                // It switched away, and will see the generation when it comes back.
                return false;
            }
            if (queues.isLazy(target) && !tables) {
                // It uses nothing of it, and looks at the generation before it does again.
                return false;
            }
            long known = queues.knownGeneration(target);
            if (known >= generation) {
                return true;
            }
            Processors processors = context.board().processors();
            int pcid = queues.pcid(target);
            if (generation != known + 1 || (endVa - startVa) >>> Frames.PAGE_SHIFT > CEILING_PAGES) {
                long current = mm.tlbGeneration();
                processors.invalidateAll(target, pcid);
                queues.setKnownGeneration(target, current);
            } else {
                processors.invalidateRange(target, pcid, startVa, endVa, tables);
                queues.setKnownGeneration(target, generation);
            }
            return true;
        } finally {
            queues.unlock(target);
        }
    }
}
