package dev.mitosis.kernel.syscall;

import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.fault.CopyOnWrite;
import dev.mitosis.mm.fault.FaultOutcome;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.frame.PageInfo;
import dev.mitosis.mm.range.RangeWalk;
import dev.mitosis.mm.range.TablePath;
import dev.mitosis.mm.reclaim.Khugepaged;
import dev.mitosis.mm.stat.VmEvent;
import dev.mitosis.mm.tlb.MmuGather;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * What madvise does to leaves: frees them lazily, makes them look cold, takes them out of memory, collapses them.
 *
 * <p>Source: Linux {@code mm/madvise.c:madvise_free_pte_range, madvise_cold_or_pageout_pte_range},
 * {@code mm/khugepaged.c:madvise_collapse}.
 */
public final class LeafAdvice {
    private LeafAdvice() {}

    /** MADV_FREE: clean pages of the range may be dropped whenever memory is short; a store takes one back. */
    public static void freeLazily(KernelServices services, Task task, Vma part) {
        Context context = services.context();
        MmuGather gather = context.gather(task.mm(), task.cpu());
        new FreeLazily(context, task, gather).walk(part.startVa(), part.endVa());
        gather.flush();
    }

    /** MADV_COLD: the pages look as if nobody had used them. */
    public static void deactivate(KernelServices services, Task task, Vma part) {
        Context context = services.context();
        MmuGather gather = context.gather(task.mm(), task.cpu());
        new Deactivate(context, task, gather).walk(part.startVa(), part.endVa());
        gather.flush();
    }

    /** MADV_PAGEOUT: takes the pages that nobody else uses out of memory now. */
    public static void pageOut(KernelServices services, Task task, Vma part) {
        Context context = services.context();
        services.reclaim().evict(task.mm(), task.cpu(), part, context.topology().allNodes(), Long.MAX_VALUE, false);
    }

    /**
     * MADV_COLLAPSE: makes huge pages of all that the range covers whole.
     *
     * @throws KernelException ENOMEM, EAGAIN or EINVAL for the last range that could not be
     */
    public static void collapse(KernelServices services, Task task, Vma area, Vma part) {
        if (!area.isAnonymous() || !area.isPrivate() || area.has(Vma.HUGETLB)) {
            throw new KernelException(Errno.EINVAL, area + " cannot have huge pages");
        }
        long span = PagingLevel.spanBytes(2);
        if (((area.startVa() + span - 1) & -span) + span > area.endVa()) {
            throw new KernelException(Errno.EINVAL, area + " has no room for a huge page");
        }
        Khugepaged.Result last = Khugepaged.Result.COLLAPSED;
        for (long va = (part.startVa() + span - 1) & -span; va + span <= part.endVa(); va += span) {
            Khugepaged.Result result = services.khugepaged().collapse(task, area, va, true);
            last = result == Khugepaged.Result.COLLAPSED || result == Khugepaged.Result.IS_HUGE ? last : result;
        }
        switch (last) {
            case UNSUITABLE -> throw new KernelException(Errno.EINVAL, "a part of " + part + " cannot be collapsed");
            case BUSY -> throw new KernelException(Errno.EAGAIN, "a page of " + part + " is in use");
            case NO_MEMORY -> throw new KernelException(Errno.ENOMEM, "no huge page for " + part);
            default -> {
                // All are huge now.
            }
        }
    }

    /** MADV_UNMERGEABLE: gives each page that was merged a copy of its own again. */
    public static void unmerge(KernelServices services, Task task, Vma part) {
        Context context = services.context();
        CopyOnWrite copyOnWrite = new CopyOnWrite(context);
        for (long va = part.startVa(); va < part.endVa(); va += 1L << 12) {
            TablePath path = new TablePath(context);
            path.find(task.mm().pageTable(), task.cpu(), va);
            boolean isMerged = path.level == 1
                    && Pte.isPresent(path.entry)
                    && !Pte.isSpecial(path.entry)
                    && context.frames().info().has(Pte.pfn(path.entry), PageInfo.KSM);
            if (isMerged && copyOnWrite.make(task, part, va, true, path) == FaultOutcome.OOM) {
                throw new KernelException(Errno.ENOMEM, "no frame to unmerge page " + Long.toHexString(va));
            }
        }
    }

    private static final class FreeLazily extends RangeWalk {
        private final MmuGather gather;

        FreeLazily(Context context, Task task, MmuGather gather) {
            super(context, task.mm(), task.cpu());
            this.gather = gather;
        }

        @Override
        protected void leaves(long table, int first, int count, long va) {
            for (int i = first; i < first + count; i++) {
                long entry = ops.peek(table, i);
                if (Pte.isSwap(entry)) {
                    context.swap().drop(Pte.swapSlot(ops.getAndClear(cpu, 1, table, i)));
                } else if (isOwn(entry, FrameAllocator.ORDER_4K)) {
                    context.frames().info().set(Pte.pfn(entry), PageInfo.LAZYFREE);
                    ops.modifyLeaves(cpu, 1, table, i, 1, Pte.ACCESSED_DIRTY, 0);
                    context.vmstat().count(cpu, VmEvent.PGLAZYFREE);
                }
            }
            gather.changed(va, va + ((long) count << 12));
        }

        @Override
        protected void hugeLeaf(long table, int level, int index, long entry, long va) {
            int order = PagingLevel.INDEX_BITS * (level - 1);
            if (isOwn(entry, order)) {
                context.frames().info().set(Pte.pfn(entry), PageInfo.LAZYFREE);
                ops.modifyLeaves(cpu, level, table, index, 1, Pte.ACCESSED_DIRTY, 0);
                context.vmstat().count(cpu, VmEvent.PGLAZYFREE, 1L << order);
                gather.changed(va, va + PagingLevel.spanBytes(level));
            }
        }

        private boolean isOwn(long entry, int order) {
            return Pte.isPresent(entry)
                    && !Pte.isSpecial(entry)
                    && !context.frames().isShared(Pte.pfn(entry), order)
                    && !context.frames().info().has(Pte.pfn(entry), PageInfo.KSM);
        }
    }

    private static final class Deactivate extends RangeWalk {
        private final MmuGather gather;

        Deactivate(Context context, Task task, MmuGather gather) {
            super(context, task.mm(), task.cpu());
            this.gather = gather;
        }

        @Override
        protected void leaves(long table, int first, int count, long va) {
            if (ops.modifyLeaves(cpu, 1, table, first, count, Pte.ACCESSED, 0) > 0) {
                gather.changed(va, va + ((long) count << 12));
            }
        }

        @Override
        protected void hugeLeaf(long table, int level, int index, long entry, long va) {
            if (ops.modifyLeaves(cpu, level, table, index, 1, Pte.ACCESSED, 0) > 0) {
                gather.changed(va, va + PagingLevel.spanBytes(level));
            }
        }
    }
}
