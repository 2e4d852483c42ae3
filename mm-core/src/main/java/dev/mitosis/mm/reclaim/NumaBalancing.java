package dev.mitosis.mm.reclaim;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.frame.PageInfo;
import dev.mitosis.mm.range.RangeWalk;
import dev.mitosis.mm.stat.VmEvent;
import dev.mitosis.mm.tlb.MmuGather;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * Hides pages so that their next use faults and tells which node uses them (NUMA hints).
 *
 * <p>Each call goes on where the last one of the address space ended, and begins anew after the last area.
 *
 * <p>Source: Linux {@code kernel/sched/fair.c:task_numa_work}, {@code mm/mempolicy.c:change_prot_numa}.
 */
public final class NumaBalancing {
    private NumaBalancing() {}

    /** Hides up to a number of pages of an address space; returns the number of entries that changed. */
    public static long scan(Context context, Task task, long pages) {
        MmStruct mm = task.mm();
        int cpu = task.cpu();
        mm.lock().lockRead(cpu);
        try {
            long changed = 0;
            long left = pages;
            long from = mm.numaScanVa();
            for (Vma area = mm.areas().firstEndingAfter(from);
                    area != null && left > 0;
                    area = mm.areas().firstEndingAfter(from)) {
                long start = Math.max(from, area.startVa());
                long end = Math.min(area.endVa(), start + (left << Frames.PAGE_SHIFT));
                if (isScanned(area)) {
                    Hide hide = new Hide(context, mm, cpu);
                    hide.walk(start, end);
                    hide.gather.flush();
                    changed += hide.changed;
                    left -= (end - start) >>> Frames.PAGE_SHIFT;
                    from = end;
                } else {
                    from = area.endVa();
                }
            }
            mm.setNumaScanVa(left > 0 ? 0 : from);
            context.vmstat().count(cpu, VmEvent.NUMA_PTE_UPDATES, changed);
            return changed;
        } finally {
            mm.lock().unlockRead(cpu);
        }
    }

    /** Not what nobody may touch, nor what was placed on purpose, nor huge pages of the pool. */
    private static boolean isScanned(Vma area) {
        return area.has(Vma.PROTECTION)
                && !area.has(Vma.HUGETLB)
                && area.policy().kind().isMovedByBalancing();
    }

    private static final class Hide extends RangeWalk {
        private final MmuGather gather;
        private long changed;

        Hide(Context context, MmStruct mm, int cpu) {
            super(context, mm, cpu);
            this.gather = context.gather(mm, cpu);
        }

        @Override
        protected boolean splits() {
            return false;
        }

        @Override
        protected void leaves(long table, int first, int count, long va) {
            int now = 0;
            for (int i = 0; i < count; i++) {
                if (isHidden(ops.peek(table, first + i))) {
                    now += ops.modifyLeaves(cpu, 1, table, first + i, 1, Pte.PRESENT, Pte.PROT_NONE);
                }
            }
            if (now > 0) {
                changed += now;
                gather.changed(va, va + ((long) count << Frames.PAGE_SHIFT));
            }
        }

        @Override
        protected void hugeLeaf(long table, int level, int index, long entry, long va) {
            if (isHidden(entry) && ops.modifyLeaves(cpu, level, table, index, 1, Pte.PRESENT, Pte.PROT_NONE) > 0) {
                changed++;
                gather.changed(va, va + PagingLevel.spanBytes(level));
            }
        }

        /** All present pages but the zero page and those that KSM has merged; pages shared copy-on-write are hidden too. */
        private boolean isHidden(long entry) {
            return Pte.isPresent(entry)
                    && !Pte.isSpecial(entry)
                    && !context.frames().info().has(Pte.pfn(entry), PageInfo.KSM);
        }
    }
}
