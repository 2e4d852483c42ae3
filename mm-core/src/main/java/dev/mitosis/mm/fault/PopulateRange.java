package dev.mitosis.mm.fault;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.range.TablePath;
import dev.mitosis.mm.stat.VmEvent;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.mm.vma.Protection;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.x86.PageTableOps;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * Touches a range for a task, as a loop over its pages would: the same pages, frames, tables and counters of the kernel, without a
 * trap a page.
 *
 * <p>Concurrency: under mmap_lock.
 *
 * <p>Cost: a fault for each leaf table, and one call of the waist for each run of its empty entries; about a frame allocation a page.
 *
 * <p>Source: the outcome of Linux {@code mm/gup.c:__mm_populate}; {@code mm/memory.c:handle_mm_fault} counts PGFAULT.
 */
public final class PopulateRange {
    private final Context context;
    private final PageTableOps ops;
    private final FaultHandler faults;
    private final Task task;
    private final boolean isWrite;
    private final TablePath path;
    private final long[] entries = new long[PagingLevel.ENTRIES];

    private PopulateRange(Context context, FaultHandler faults, Task task, boolean isWrite) {
        this.context = context;
        this.ops = context.ops();
        this.faults = faults;
        this.task = task;
        this.isWrite = isWrite;
        this.path = new TablePath(context);
    }

    /**
     * Populates one area's part of a range.
     *
     * @throws KernelException ENOMEM when frames run out, EFAULT where a page cannot be had; what was populated stays
     */
    public static void run(
            Context context, FaultHandler faults, Task task, Vma area, long startVa, long endVa, boolean isWrite) {
        PopulateRange populate = new PopulateRange(context, faults, task, isWrite);
        long next;
        for (long va = startVa; va < endVa; va = next) {
            next = Math.min(PagingLevel.nextBoundary(va, 2), endVa);
            populate.span(area, va, next);
        }
    }

    /** Part of what one leaf table spans. */
    private void span(Vma area, long startVa, long endVa) {
        boolean isPlain = isWrite && area.isPrivate() && area.isAnonymous() && !area.has(Vma.HUGETLB);
        long va = startVa;
        if (isPlain && !faults.wantsHuge(area, startVa)) {
            while (va < endVa) {
                path.find(task.mm().pageTable(), task.cpu(), va);
                if (path.level > 1 && path.entry != Pte.NONE) {
                    break;
                }
                long to = path.level == 1 ? fill(area, va, endVa) : va;
                if (to < endVa) {
                    // There is no table yet, something is there already, or memory is short: the long way.
                    fault(area, to);
                    to += Frames.PAGE_BYTES;
                }
                va = to;
            }
        }
        faultEach(area, va, endVa);
    }

    /** Fills the empty entries from an address on, and returns the first address that it did not fill. */
    private long fill(Vma area, long startVa, long endVa) {
        path.lock();
        try {
            int limit = (int) ((endVa - startVa) >>> Frames.PAGE_SHIFT);
            int run = 0;
            while (run < limit && ops.peek(path.table, path.index + run) == Pte.NONE) {
                run++;
            }
            int taken = takeFrames(area, startVa, run);
            if (taken == 0) {
                return startVa;
            }
            area.noteOwnPage();
            long flags = Protection.flags(area.flags(), true) | Pte.ACCESSED | Pte.DIRTY;
            int cpu = task.cpu();
            context.vmstat().count(cpu, VmEvent.PGFAULT, taken);
            context.vmstat().count(cpu, VmEvent.NUMA_HIT, taken);
            int counted = 0;
            for (int i = 0; i < taken; i++) {
                long pfn = entries[i];
                context.contents().cleared(pfn, FrameAllocator.ORDER_4K);
                entries[i] = Pte.of(pfn, flags);
                boolean isLastOfNode = i + 1 == taken || Frames.nodeOf(entries[i + 1]) != Frames.nodeOf(pfn);
                if (isLastOfNode) {
                    int node = Frames.nodeOf(pfn);
                    task.mm().countResident(cpu, node, (long) i + 1 - counted);
                    context.meter().pagesAllocated(cpu, node, FrameAllocator.ORDER_4K, (long) i + 1 - counted);
                    counted = i + 1;
                }
            }
            ops.setLeaves(cpu, 1, path.table, path.index, taken, entries, 0);
            return startVa + ((long) taken << Frames.PAGE_SHIFT);
        } finally {
            path.unlock();
        }
    }

    /** Takes frames for consecutive pages, from the node that the policy wants first, as many as it has. */
    private int takeFrames(Vma area, long startVa, int count) {
        Mempolicy areaPolicy = area.policy();
        boolean isAreas = areaPolicy.kind() != Mempolicy.Kind.LOCAL;
        Mempolicy policy = isAreas ? areaPolicy : task.mempolicy();
        int local = context.topology().nodeOfCpu(task.cpu());
        FrameAllocator frames = context.frames();
        if (!policy.kind().takesTurns()) {
            int taken = 0;
            while (taken < count) {
                int got = frames.allocateBatch(
                        policy.firstNode(context.topology(), local, 0), entries, taken, count - taken);
                if (got == 0) {
                    break;
                }
                taken += got;
            }
            return taken;
        }
        for (int i = 0; i < count; i++) {
            long turn = isAreas ? area.pageAt(startVa) + i : task.nextTurn();
            long pfn = frames.allocate(policy.firstNode(context.topology(), local, turn), FrameAllocator.ORDER_4K);
            if (pfn == Frames.NO_FRAME) {
                return i;
            }
            if (!isAreas) {
                task.turn(policy);
            }
            entries[i] = pfn;
        }
        return count;
    }

    private void faultEach(Vma area, long startVa, long endVa) {
        for (long va = startVa; va < endVa; va += Frames.PAGE_BYTES) {
            fault(area, va);
            path.find(task.mm().pageTable(), task.cpu(), va);
            if (path.level > 1 && Pte.isLeaf(path.entry, path.level)) {
                va = Math.min(endVa, PagingLevel.nextBoundary(va, path.level)) - Frames.PAGE_BYTES;
            }
        }
    }

    /** Faults until the access could be made: a hint, a page in swap and a page to be copied are one fault each. */
    private void fault(Vma area, long va) {
        while (true) {
            path.find(task.mm().pageTable(), task.cpu(), va);
            if (Pte.isLeaf(path.entry, path.level)
                    && Pte.isPresent(path.entry)
                    && (!isWrite || (path.entry & Pte.WRITE) != 0)) {
                return;
            }
            context.vmstat().count(task.cpu(), VmEvent.PGFAULT);
            FaultOutcome outcome = faults.handleIn(task, area, va, isWrite);
            if (outcome == FaultOutcome.OOM) {
                throw new KernelException(Errno.ENOMEM, "no frame for page " + Long.toHexString(va));
            }
            if (outcome != FaultOutcome.HANDLED) {
                throw new KernelException(Errno.EFAULT, "page " + Long.toHexString(va) + " cannot be had");
            }
        }
    }
}
