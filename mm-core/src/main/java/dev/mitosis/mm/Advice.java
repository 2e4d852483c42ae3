package dev.mitosis.mm;

import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * What madvise does to leaves: frees them lazily, makes them look cold, takes them out of memory, collapses them.
 *
 * <p>Source: Linux {@code mm/madvise.c:madvise_free_pte_range, madvise_cold_or_pageout_pte_range},
 * {@code mm/khugepaged.c:madvise_collapse}.
 */
public final class Advice {
    private Advice() {}

    /** MADV_FREE: clean pages of the range may be dropped whenever memory is short; a store takes one back. */
    public static void freeLazily(Kernel kernel, Task task, Vma part) {
        Platform platform = kernel.platform();
        MmuGather gather = new MmuGather(platform, task.mm(), task.cpu());
        new FreeLazily(platform, task, gather).walk(part.startVa(), part.endVa());
        gather.flush();
    }

    /** MADV_COLD: the pages look as if nobody had used them. */
    public static void deactivate(Kernel kernel, Task task, Vma part) {
        Platform platform = kernel.platform();
        MmuGather gather = new MmuGather(platform, task.mm(), task.cpu());
        new Deactivate(platform, task, gather).walk(part.startVa(), part.endVa());
        gather.flush();
    }

    /** MADV_PAGEOUT: takes the pages that nobody else uses out of memory now. */
    public static void pageOut(Kernel kernel, Task task, Vma part) {
        Platform platform = kernel.platform();
        platform.reclaim()
                .evict(task.mm(), task.cpu(), part, platform.topology().allNodes(), Long.MAX_VALUE, false);
    }

    /**
     * MADV_COLLAPSE: makes huge pages of all that the range covers whole.
     *
     * @throws KernelException ENOMEM, EAGAIN or EINVAL for the last range that could not be
     */
    public static void collapse(Kernel kernel, Task task, Vma area, Vma part) {
        if (!area.isAnonymous() || !area.isPrivate() || area.has(Vma.HUGETLB)) {
            throw new KernelException(Errno.EINVAL, area + " cannot have huge pages");
        }
        long span = PagingLevel.spanBytes(2);
        if (((area.startVa() + span - 1) & -span) + span > area.endVa()) {
            throw new KernelException(Errno.EINVAL, area + " has no room for a huge page");
        }
        Khugepaged.Result last = Khugepaged.Result.COLLAPSED;
        for (long va = (part.startVa() + span - 1) & -span; va + span <= part.endVa(); va += span) {
            Khugepaged.Result result = kernel.daemons().khugepaged().collapse(task, area, va, true);
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
    public static void unmerge(Kernel kernel, Task task, Vma part) {
        Platform platform = kernel.platform();
        CopyOnWrite copyOnWrite = new CopyOnWrite(platform);
        for (long va = part.startVa(); va < part.endVa(); va += 1L << 12) {
            TablePath path = new TablePath(platform);
            path.find(task.mm().pageTable(), task.cpu(), va);
            boolean isMerged = path.level == 1
                    && Pte.isPresent(path.entry)
                    && !Pte.isSpecial(path.entry)
                    && platform.frames().info().has(Pte.pfn(path.entry), PageInfo.KSM);
            if (isMerged && copyOnWrite.make(task, part, va, true, path) == FaultOutcome.OOM) {
                throw new KernelException(Errno.ENOMEM, "no frame to unmerge page " + Long.toHexString(va));
            }
        }
    }

    private static final class FreeLazily extends RangeWalk {
        private final MmuGather gather;

        FreeLazily(Platform platform, Task task, MmuGather gather) {
            super(platform, task.mm(), task.cpu());
            this.gather = gather;
        }

        @Override
        void leaves(long table, int first, int count, long va) {
            for (int i = first; i < first + count; i++) {
                long entry = ops.peek(table, i);
                if (Pte.isSwap(entry)) {
                    platform.swap().drop(Pte.swapSlot(ops.getAndClear(cpu, 1, table, i)));
                } else if (isOwn(entry, FrameAllocator.ORDER_4K)) {
                    platform.frames().info().set(Pte.pfn(entry), PageInfo.LAZYFREE);
                    ops.modifyLeaves(cpu, 1, table, i, 1, Pte.ACCESSED_DIRTY, 0);
                    platform.vmstat().count(cpu, VmEvent.PGLAZYFREE);
                }
            }
            gather.changed(va, va + ((long) count << 12));
        }

        @Override
        void hugeLeaf(long table, int level, int index, long entry, long va) {
            int order = PagingLevel.INDEX_BITS * (level - 1);
            if (isOwn(entry, order)) {
                platform.frames().info().set(Pte.pfn(entry), PageInfo.LAZYFREE);
                ops.modifyLeaves(cpu, level, table, index, 1, Pte.ACCESSED_DIRTY, 0);
                platform.vmstat().count(cpu, VmEvent.PGLAZYFREE, 1L << order);
                gather.changed(va, va + PagingLevel.spanBytes(level));
            }
        }

        private boolean isOwn(long entry, int order) {
            return Pte.isPresent(entry)
                    && !Pte.isSpecial(entry)
                    && !platform.frames().isShared(Pte.pfn(entry), order)
                    && !platform.frames().info().has(Pte.pfn(entry), PageInfo.KSM);
        }
    }

    private static final class Deactivate extends RangeWalk {
        private final MmuGather gather;

        Deactivate(Platform platform, Task task, MmuGather gather) {
            super(platform, task.mm(), task.cpu());
            this.gather = gather;
        }

        @Override
        void leaves(long table, int first, int count, long va) {
            if (ops.modifyLeaves(cpu, 1, table, first, count, Pte.ACCESSED, 0) > 0) {
                gather.changed(va, va + ((long) count << 12));
            }
        }

        @Override
        void hugeLeaf(long table, int level, int index, long entry, long va) {
            if (ops.modifyLeaves(cpu, level, table, index, 1, Pte.ACCESSED, 0) > 0) {
                gather.changed(va, va + PagingLevel.spanBytes(level));
            }
        }
    }
}
