package dev.mitosis.mm.fault;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.frame.HugetlbPool;
import dev.mitosis.mm.pagecache.PageCache;
import dev.mitosis.mm.range.TablePath;
import dev.mitosis.mm.stat.VmEvent;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.mm.vma.Protection;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import org.jspecify.annotations.Nullable;

/**
 * The first touch of a page of the huge page pool; an empty pool is SIGBUS.
 *
 * <p>Source: Linux {@code mm/hugetlb.c:hugetlb_no_page}.
 */
final class HugetlbFault {
    private final Context context;

    HugetlbFault(Context context) {
        this.context = context;
    }

    /** Maps a page where there is none; null when there is one. */
    @Nullable
    FaultOutcome make(Task task, Vma area, long va, boolean isWrite, TablePath path) {
        int order = area.hugeOrder();
        path.make(task, va, 1 + order / PagingLevel.INDEX_BITS);
        if (path.entry != Pte.NONE) {
            return null;
        }
        HugetlbPool pool = context.hugetlb(order);
        int cpu = task.cpu();
        long page = area.pageAt(va) & -(1L << order);
        PageCache object = (PageCache) area.file();
        long pfn = object == null ? Frames.NO_FRAME : object.take(context, cpu, page, Frames.NO_FRAME);
        if (pfn == Frames.NO_FRAME) {
            pfn = take(task, area, pool);
            if (pfn == Frames.NO_FRAME) {
                return FaultOutcome.SIGBUS;
            }
            if (object == null) {
                area.noteOwnPage();
                context.contents().cleared(pfn, order);
            } else {
                long fresh = pfn;
                pfn = object.take(context, cpu, page, fresh);
                if (pfn != fresh) {
                    pool.give(fresh);
                }
            }
        }
        long flags = Protection.flags(area.flags(), true) | Pte.HUGE | Pte.ACCESSED | (isWrite ? Pte.DIRTY : 0);
        path.lock();
        try {
            if (path.isUnchanged()) {
                path.set(cpu, Pte.of(pfn, flags));
                task.mm().countResident(cpu, pfn, order, 1);
                return FaultOutcome.HANDLED;
            }
        } finally {
            path.unlock();
        }
        context.releasePages(cpu, pfn, order);
        return FaultOutcome.HANDLED;
    }

    /** A page of the pool under the policy of the area or the task: promised to it, or what is left. */
    long take(Task task, Vma area, HugetlbPool pool) {
        Mempolicy policy = area.policy().kind() == Mempolicy.Kind.LOCAL ? task.mempolicy() : area.policy();
        int local = context.topology().nodeOfCpu(task.cpu());
        int first = policy.firstNode(context.topology(), local, task.turn(policy));
        boolean isReserved =
                area.isPrivate() && !area.has(Vma.NORESERVE) && task.mm().useHugeReservation(pool);
        long pfn = pool.take(first, policy.fallbackNodes(context.topology()), isReserved);
        if (pfn == Frames.NO_FRAME) {
            context.vmstat().count(task.cpu(), VmEvent.HTLB_BUDDY_ALLOC_FAIL);
            return pfn;
        }
        context.vmstat().count(task.cpu(), VmEvent.HTLB_BUDDY_ALLOC_SUCCESS);
        context.meter().pagesAllocated(task.cpu(), Frames.nodeOf(pfn), pool.order(), 1);
        return pfn;
    }
}
