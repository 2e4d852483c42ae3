package dev.mitosis.mm.range;

import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.tlb.MmuGather;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * Takes the leaves of a range out of the page tables and hands their frames to a gather; the tables stay.
 *
 * <p>Source: Linux {@code mm/memory.c:unmap_page_range}.
 */
final class UnmapRange extends RangeWalk {
    private final MmuGather gather;
    private final long[] old = new long[PagingLevel.ENTRIES];
    private long hugeLeaves;

    private UnmapRange(Context context, MmStruct mm, int cpu, MmuGather gather) {
        super(context, mm, cpu);
        this.gather = gather;
    }

    /** Unmaps a range, and returns the number of huge leaves that went. */
    static long run(Context context, MmStruct mm, int cpu, MmuGather gather, long startVa, long endVa) {
        UnmapRange unmap = new UnmapRange(context, mm, cpu, gather);
        unmap.walk(startVa, endVa);
        return unmap.hugeLeaves;
    }

    @Override
    protected void leaves(long table, int first, int count, long va) {
        if (ops.getAndClearLeaves(cpu, 1, table, first, count, old, 0) == 0) {
            return;
        }
        for (int i = 0; i < count; i++) {
            long entry = old[i];
            if (Pte.isMapped(entry)) {
                long at = va + ((long) i << 12);
                if ((entry & Pte.SPECIAL) != 0) {
                    gather.changed(at, at + (1L << 12));
                    continue;
                }
                long pfn = Pte.pfn(entry);
                mm.countResident(cpu, pfn, FrameAllocator.ORDER_4K, -1);
                gather.page(pfn, FrameAllocator.ORDER_4K, at);
            } else if (Pte.isSwap(entry)) {
                context.swap().drop(Pte.swapSlot(entry));
            }
        }
    }

    @Override
    protected void hugeLeaf(long table, int level, int index, long entry, long va) {
        ops.getAndClear(cpu, level, table, index);
        hugeLeaves++;
        if (Pte.isSpecial(entry)) {
            gather.changed(va, va + PagingLevel.spanBytes(level));
            return;
        }
        int order = PagingLevel.INDEX_BITS * (level - 1);
        mm.countResident(cpu, Pte.pfn(entry), order, -1);
        gather.page(Pte.pfn(entry), order, va);
    }

    @Override
    protected void settled() {
        if (gather.isFull()) {
            gather.flush();
        }
    }
}
