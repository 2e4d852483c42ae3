package dev.mitosis.mm.fault;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.range.TablePath;
import dev.mitosis.mm.stat.VmEvent;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.mm.vma.Protection;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import org.jspecify.annotations.Nullable;

/**
 * The first touch of anonymous memory: the zero page for a read, a page of its own for a write; 2 MiB at once where that is
 * wanted and can be had.
 *
 * <p>Source: Linux {@code mm/memory.c:do_anonymous_page}, {@code mm/huge_memory.c:do_huge_pmd_anonymous_page}.
 */
final class AnonymousFault {
    private final Context context;

    AnonymousFault(Context context) {
        this.context = context;
    }

    FaultOutcome make(Task task, Vma area, long va, boolean isWrite, TablePath path) {
        if (isZero(isWrite)) {
            map(task, path, zeroEntry(area));
            return FaultOutcome.HANDLED;
        }
        long pfn = takePages(context, task, area, va, FrameAllocator.ORDER_4K);
        if (pfn == Frames.NO_FRAME) {
            context.vmstat().count(task.cpu(), VmEvent.OOM_KILL);
            return FaultOutcome.OOM;
        }
        area.noteOwnPage();
        context.contents().cleared(pfn, FrameAllocator.ORDER_4K);
        if (!map(task, path, entry(area, pfn, isWrite))) {
            context.releasePages(task.cpu(), pfn, FrameAllocator.ORDER_4K);
        }
        return FaultOutcome.HANDLED;
    }

    /** Maps 2 MiB; null when no such page can be had, and base pages must do. */
    @Nullable
    FaultOutcome makeHuge(Task task, Vma area, long va, boolean isWrite, TablePath path) {
        int cpu = task.cpu();
        if (isZero(isWrite)) {
            if (map(task, path, zeroEntry(area) | Pte.HUGE)) {
                context.vmstat().count(cpu, VmEvent.THP_ZERO_PAGE_ALLOC);
            }
            return FaultOutcome.HANDLED;
        }
        long pfn = takeHuge(task, area, va);
        if (pfn == Frames.NO_FRAME) {
            return null;
        }
        area.noteOwnPage();
        context.contents().cleared(pfn, FrameAllocator.ORDER_2M);
        if (map(task, path, entry(area, pfn, isWrite) | Pte.HUGE)) {
            context.vmstat().count(cpu, VmEvent.THP_FAULT_ALLOC);
        } else {
            context.releasePages(cpu, pfn, FrameAllocator.ORDER_2M);
        }
        return FaultOutcome.HANDLED;
    }

    /** A huge page where the policy wants it, or on another node that it allows. */
    private long takeHuge(Task task, Vma area, long va) {
        long pfn = takePages(context, task, area, va, FrameAllocator.ORDER_2M);
        if (pfn == Frames.NO_FRAME) {
            context.vmstat().count(task.cpu(), VmEvent.THP_FAULT_FALLBACK);
        }
        return pfn;
    }

    private boolean isZero(boolean isWrite) {
        return !isWrite && context.settings().zeroPage();
    }

    private static long zeroEntry(Vma area) {
        return Pte.of(FrameAllocator.ZERO_PAGE, Protection.flags(area.flags(), false) | Pte.SPECIAL | Pte.ACCESSED);
    }

    private static long entry(Vma area, long pfn, boolean isWrite) {
        return Pte.of(pfn, Protection.flags(area.flags(), true) | Pte.ACCESSED | (isWrite ? Pte.DIRTY : 0));
    }

    /** Stores the entry where there is none yet; false when another thread was faster. */
    private boolean map(Task task, TablePath path, long entry) {
        path.lock();
        try {
            if (!path.isUnchanged()) {
                return false;
            }
            path.set(task.cpu(), entry);
            if ((entry & Pte.SPECIAL) == 0) {
                task.mm().countResident(task.cpu(), Pte.pfn(entry), PagingLevel.INDEX_BITS * (path.level - 1), 1);
            }
            return true;
        } finally {
            path.unlock();
        }
    }

    /** Takes data frames under the area's policy, or the task's where the area has none. */
    static long takePages(Context context, Task task, Vma area, long va, int order) {
        Mempolicy policy = area.policy();
        int local = context.topology().nodeOfCpu(task.cpu());
        if (policy.kind() == Mempolicy.Kind.LOCAL) {
            policy = task.mempolicy();
            long turn = task.turn(policy);
            return context.pages().take(task, policy, policy.firstNode(context.topology(), local, turn), order);
        }
        long turn = area.pageAt(va) >> order;
        return context.pages().take(task, policy, policy.firstNode(context.topology(), local, turn), order);
    }
}
