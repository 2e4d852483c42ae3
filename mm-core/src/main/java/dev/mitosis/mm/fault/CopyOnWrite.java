package dev.mitosis.mm.fault;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.frame.PageInfo;
import dev.mitosis.mm.range.SplitHugeLeaf;
import dev.mitosis.mm.range.TablePath;
import dev.mitosis.mm.stat.VmEvent;
import dev.mitosis.mm.vma.Protection;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * A store to a page that is mapped without the right to write: the page is taken as one's own, or copied.
 *
 * <p>It is copied when others refer to it (a fork's other side, the object of a private mapping, the swap cache), when it is a
 * merged page, and when it is the zero page. A transparent huge page that is shared is split, and the part copied.
 *
 * <p>Source: Linux {@code mm/memory.c:do_wp_page}, {@code mm/huge_memory.c:do_huge_pmd_wp_page},
 * {@code mm/hugetlb.c:hugetlb_wp}.
 */
public final class CopyOnWrite {
    private final Context context;
    private final HugetlbFault hugetlb;

    public CopyOnWrite(Context context) {
        this.context = context;
        this.hugetlb = new HugetlbFault(context);
    }

    public FaultOutcome make(Task task, Vma area, long va, boolean isWrite, TablePath path) {
        long entry = path.entry;
        if (!isWrite || (entry & Pte.WRITE) != 0) {
            // Another thread was here first, or a processor knew an older entry.
            return FaultOutcome.HANDLED;
        }
        long pfn = Pte.pfn(entry);
        int order = PagingLevel.INDEX_BITS * (path.level - 1);
        boolean isZero = Pte.isSpecial(entry);
        if (!area.isPrivate() || (!isZero && isOwn(pfn, order))) {
            return reuse(task, area, va, path);
        }
        if (area.has(Vma.HUGETLB)) {
            long copy = hugetlb.take(task, area, context.hugetlb(order));
            return copy == Frames.NO_FRAME ? FaultOutcome.SIGBUS : copy(task, area, va, path, copy, order);
        }
        if (order > FrameAllocator.ORDER_4K) {
            if (isZero) {
                long huge = AnonymousFault.takePages(context, task, area, va, order);
                if (huge != Frames.NO_FRAME) {
                    return copy(task, area, va, path, huge, order);
                }
            }
            SplitHugeLeaf.split(context, task.mm(), task.cpu(), path.table, path.level, path.index, va);
            path.find(task.mm().pageTable(), task.cpu(), va);
            if (path.level > 1 || !Pte.isPresent(path.entry)) {
                return FaultOutcome.HANDLED;
            }
            return make(task, area, va, true, path);
        }
        long copy = AnonymousFault.takePages(context, task, area, va, order);
        if (copy == Frames.NO_FRAME) {
            context.vmstat().count(task.cpu(), VmEvent.OOM_KILL);
            return FaultOutcome.OOM;
        }
        return copy(task, area, va, path, copy, order);
    }

    private boolean isOwn(long pfn, int order) {
        return !context.frames().isShared(pfn, order)
                && !context.frames().info().has(pfn, PageInfo.KSM);
    }

    private FaultOutcome reuse(Task task, Vma area, long va, TablePath path) {
        int cpu = task.cpu();
        int order = PagingLevel.INDEX_BITS * (path.level - 1);
        path.lock();
        try {
            // Looked at again: a page can be merged, or come back from swap shared, and its entry be the same.
            if (!path.isUnchanged() || (area.isPrivate() && !isOwn(Pte.pfn(path.entry), order))) {
                return FaultOutcome.HANDLED;
            }
            path.set(cpu, path.entry | Pte.WRITE | Pte.ACCESSED_DIRTY);
        } finally {
            path.unlock();
        }
        context.vmstat().count(cpu, VmEvent.COW_REUSE);
        context.flush().flushLocalPage(task.mm(), cpu, va & -Frames.PAGE_BYTES);
        return FaultOutcome.HANDLED;
    }

    private FaultOutcome copy(Task task, Vma area, long va, TablePath path, long copy, int order) {
        int cpu = task.cpu();
        MmStruct mm = task.mm();
        long pfn = Pte.pfn(path.entry);
        boolean isZero = Pte.isSpecial(path.entry);
        boolean isMerged = !isZero && context.frames().info().has(pfn, PageInfo.KSM);
        long start = va & -(Frames.PAGE_BYTES << order);
        area.noteOwnPage();
        path.lock();
        try {
            if (!path.isUnchanged()) {
                context.releasePages(cpu, copy, order);
                return FaultOutcome.HANDLED;
            }
            context.ops().getAndClear(cpu, path.level, path.table, path.index);
            // No processor may read the old frame through its TLB once the copy can be written.
            context.flush().run(mm, cpu, start, start + (Frames.PAGE_BYTES << order), false);
            if (isZero) {
                context.contents().cleared(copy, order);
            } else {
                context.meter().pageCopied(cpu, Frames.nodeOf(pfn), Frames.nodeOf(copy), order);
                context.contents().copied(pfn, copy, order);
                mm.countResident(cpu, pfn, order, -1);
            }
            mm.countResident(cpu, copy, order, 1);
            long flags = Protection.flags(area.flags(), true) | (path.entry & Pte.HUGE) | Pte.ACCESSED_DIRTY;
            path.set(cpu, Pte.of(copy, flags));
        } finally {
            path.unlock();
        }
        context.vmstat().count(cpu, isMerged ? VmEvent.COW_KSM : VmEvent.COW_FAULT);
        if (!isZero) {
            context.releasePages(cpu, pfn, order);
        }
        return FaultOutcome.HANDLED;
    }
}
