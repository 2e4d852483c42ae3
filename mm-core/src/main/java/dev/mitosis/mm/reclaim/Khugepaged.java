package dev.mitosis.mm.reclaim;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.fault.FaultHandler;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.frame.PageInfo;
import dev.mitosis.mm.range.TablePath;
import dev.mitosis.mm.stat.VmEvent;
import dev.mitosis.mm.tlb.MmuGather;
import dev.mitosis.mm.vma.Protection;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * The huge page daemon: replaces a table of base pages by one 2 MiB page where an area covers it.
 *
 * <p>The huge page comes from the node that most of the base pages lie on. Everything is copied with the translations gone and
 * mmap_lock held for writing, so nobody sees the change but by a fault that waits.
 *
 * <p>Source: Linux {@code mm/khugepaged.c:hpage_collapse_scan_pmd, collapse_huge_page}; madvise(2), MADV_COLLAPSE.
 */
public final class Khugepaged {
    /** Entries that may be empty (max_ptes_none), and that may name pages shared with others (max_ptes_shared). */
    private static final int MAX_NONE = 511;

    private static final int MAX_SHARED = 256;

    private final Context context;

    public Khugepaged(Context context) {
        this.context = context;
    }

    /** What comes of one 2 MiB range. */
    public enum Result {
        COLLAPSED,
        IS_HUGE,
        /** Nothing there to collapse, or pages that may not move: madvise says EINVAL. */
        UNSUITABLE,
        /** A page is in use by others just now, or on its way out: EAGAIN. */
        BUSY,
        NO_MEMORY
    }

    /** One pass over the eligible areas of an address space; returns the number of huge pages made. */
    public long scan(Task task) {
        MmStruct mm = task.mm();
        mm.lock().lockWrite();
        try {
            long made = 0;
            for (Vma area : mm.areas().all()) {
                boolean isWanted = context.settings().thp() ? !area.has(Vma.NOHUGEPAGE) : area.has(Vma.HUGEPAGE);
                long span = PagingLevel.spanBytes(2);
                long va = (area.startVa() + span - 1) & -span;
                for (; isWanted && va + span <= area.endVa(); va += span) {
                    made += collapse(task, area, va, false) == Result.COLLAPSED ? 1 : 0;
                }
            }
            return made;
        } finally {
            mm.lock().unlockWrite();
        }
    }

    /** Collapses one aligned range; {@code isForced} as by madvise, without the daemon's limits. */
    public Result collapse(Task task, Vma area, long va, boolean isForced) {
        if (!FaultHandler.coversHuge(area, va)) {
            return Result.UNSUITABLE;
        }
        MmStruct mm = task.mm();
        int cpu = task.cpu();
        TablePath path = new TablePath(context);
        path.find(mm.pageTable(), cpu, va);
        if (path.level == 2) {
            return Pte.isLeaf(path.entry, 2) ? Result.IS_HUGE : Result.UNSUITABLE;
        }
        if (path.level > 2) {
            return Result.UNSUITABLE;
        }
        Survey survey = new Survey(context, path.table);
        if (survey.mapped == 0 || (!isForced && (survey.none > MAX_NONE || survey.shared > MAX_SHARED))) {
            return Result.UNSUITABLE;
        }
        if (survey.swapped > 0 || survey.pinned > 0) {
            return Result.BUSY;
        }
        long huge = context.frames().allocate(survey.node(), FrameAllocator.ORDER_2M);
        if (huge == Frames.NO_FRAME) {
            context.vmstat().count(cpu, VmEvent.THP_COLLAPSE_ALLOC_FAILED);
            return Result.NO_MEMORY;
        }
        context.meter().pagesAllocated(cpu, Frames.nodeOf(huge), FrameAllocator.ORDER_2M, 1);
        context.vmstat().count(cpu, VmEvent.THP_COLLAPSE_ALLOC);
        replace(task, area, va, path.table, huge);
        return Result.COLLAPSED;
    }

    private void replace(Task task, Vma area, long va, long table, long huge) {
        MmStruct mm = task.mm();
        int cpu = task.cpu();
        long[] old = new long[PagingLevel.ENTRIES];
        context.ops().getAndClearLeaves(cpu, 1, table, 0, PagingLevel.ENTRIES, old, 0);
        context.flush().run(mm, cpu, va, va + PagingLevel.spanBytes(2), false);
        MmuGather gather = context.gather(mm, cpu);
        long accessedDirty = 0;
        for (int i = 0; i < PagingLevel.ENTRIES; i++) {
            long entry = old[i];
            if (!Pte.isMapped(entry) || Pte.isSpecial(entry)) {
                context.contents().cleared(huge + i, FrameAllocator.ORDER_4K);
                continue;
            }
            long pfn = Pte.pfn(entry);
            accessedDirty |= entry & Pte.ACCESSED_DIRTY;
            context.meter().pageCopied(cpu, Frames.nodeOf(pfn), Frames.nodeOf(huge), FrameAllocator.ORDER_4K);
            context.contents().copied(pfn, huge + i, FrameAllocator.ORDER_4K);
            mm.countResident(cpu, pfn, FrameAllocator.ORDER_4K, -1);
            gather.page(pfn, FrameAllocator.ORDER_4K, va + ((long) i << Frames.PAGE_SHIFT));
        }
        // Way down to the entry that names the table: its parent is one level up.
        long parent = parentOf(mm, cpu, va);
        context.ops().getAndClear(cpu, 2, parent, PagingLevel.index(va, 2));
        gather.table(table, 1, va, va + PagingLevel.spanBytes(2));
        gather.flush();
        long flags = Protection.flags(area.flags(), true) | Pte.HUGE | accessedDirty;
        context.ops().set(cpu, 2, parent, PagingLevel.index(va, 2), Pte.of(huge, flags));
        mm.countResident(cpu, huge, FrameAllocator.ORDER_2M, 1);
    }

    private long parentOf(MmStruct mm, int cpu, long va) {
        long table = mm.pageTable().root();
        for (int level = mm.pageTable().levels(); level > 2; level--) {
            table = Pte.pfn(context.ops().get(cpu, table, PagingLevel.index(va, level)));
        }
        return table;
    }

    /** What a table of base pages holds. */
    private static final class Survey {
        private final int[] ofNode;
        int none;
        int mapped;
        int shared;
        int swapped;
        int pinned;

        Survey(Context context, long table) {
            ofNode = new int[context.topology().nodes()];
            for (int i = 0; i < PagingLevel.ENTRIES; i++) {
                long entry = context.ops().peek(table, i);
                if (entry == Pte.NONE || Pte.isSpecial(entry)) {
                    none++;
                } else if (Pte.isSwap(entry)) {
                    swapped++;
                } else {
                    long pfn = Pte.pfn(entry);
                    mapped++;
                    ofNode[Frames.nodeOf(pfn)]++;
                    shared += context.frames().isShared(pfn) ? 1 : 0;
                    pinned += context.frames().info().has(pfn, PageInfo.LAZYFREE) ? 1 : 0;
                }
            }
        }

        int node() {
            int most = 0;
            for (int node = 1; node < ofNode.length; node++) {
                most = ofNode[node] > ofNode[most] ? node : most;
            }
            return most;
        }
    }
}
