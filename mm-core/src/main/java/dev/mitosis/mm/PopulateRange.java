package dev.mitosis.mm;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.TrapHandler;
import dev.mitosis.x86.PageTableOps;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * Touches a range for a task, as a loop over its pages would: the same pages, frames and tables, without a trap a page.
 *
 * <p>Cost: one call of the waist for each run of empty entries of a leaf table; about a frame allocation a page.
 *
 * <p>Source: the outcome of Linux {@code mm/gup.c:__mm_populate}.
 */
final class PopulateRange {
    private final PageTableOps ops;
    private final FaultHandler faults;
    private final Task task;
    private final boolean isWrite;
    private final TablePath path;
    private final long[] entries = new long[PagingLevel.ENTRIES];

    private PopulateRange(Platform platform, FaultHandler faults, Task task, boolean isWrite) {
        this.ops = platform.ops();
        this.faults = faults;
        this.task = task;
        this.isWrite = isWrite;
        this.path = new TablePath(platform);
    }

    /**
     * Populates one area's part of a range.
     *
     * @throws KernelException ENOMEM when frames run out; what was populated stays
     */
    static void run(
            Platform platform, FaultHandler faults, Task task, Vma area, long startVa, long endVa, boolean isWrite) {
        PopulateRange populate = new PopulateRange(platform, faults, task, isWrite);
        long next;
        for (long va = startVa; va < endVa; va = next) {
            next = Math.min(PagingLevel.nextBoundary(va, 2), endVa);
            populate.span(area, va, next);
        }
    }

    /** Part of what one leaf table spans. */
    private void span(Vma area, long startVa, long endVa) {
        if (faults.wantsHuge(area, startVa) || !area.isPrivate()) {
            faultEach(startVa, endVa);
            return;
        }
        path.make(task, startVa, 1);
        if (path.level != 1) {
            faultEach(startVa, endVa);
            return;
        }
        long flags = Protection.flags(area.flags(), true) | Pte.ACCESSED | (isWrite ? Pte.DIRTY : 0);
        long va = startVa;
        int index = path.index;
        while (va < endVa) {
            if (ops.peek(path.table, index) != Pte.NONE) {
                fault(va);
                va += Frames.PAGE_BYTES;
                index++;
                continue;
            }
            int run = 0;
            long at = va;
            boolean isFull = false;
            do {
                long pfn = faults.takePages(task, area, at, FrameAllocator.ORDER_4K);
                if (pfn == Frames.NO_FRAME) {
                    isFull = true;
                    break;
                }
                task.mm().countResident(pfn, FrameAllocator.ORDER_4K, 1);
                entries[run++] = Pte.of(pfn, flags);
                at += Frames.PAGE_BYTES;
            } while (at < endVa && ops.peek(path.table, index + run) == Pte.NONE);
            if (run > 0) {
                ops.setLeaves(task.cpu(), 1, path.table, index, run, entries, 0);
            }
            if (isFull) {
                throw new KernelException(Errno.ENOMEM, "no frame for page " + Long.toHexString(at));
            }
            va = at;
            index += run;
        }
    }

    private void faultEach(long startVa, long endVa) {
        for (long va = startVa; va < endVa; va += Frames.PAGE_BYTES) {
            path.find(task.mm().pageTable(), task.cpu(), va);
            if (Pte.isLeaf(path.entry, path.level)) {
                fault(va);
                va = Math.min(endVa, PagingLevel.nextBoundary(va, path.level)) - Frames.PAGE_BYTES;
            } else {
                fault(va);
            }
        }
    }

    private void fault(long va) {
        if (!faults.handle(task, va, isWrite ? TrapHandler.WRITE : 0)) {
            throw new KernelException(Errno.ENOMEM, "no frame for page " + Long.toHexString(va));
        }
    }
}
