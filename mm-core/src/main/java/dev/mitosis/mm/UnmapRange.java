package dev.mitosis.mm;

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

    private UnmapRange(Platform platform, MmStruct mm, int cpu, MmuGather gather) {
        super(platform, mm, cpu);
        this.gather = gather;
    }

    static void run(Platform platform, MmStruct mm, int cpu, MmuGather gather, long startVa, long endVa) {
        new UnmapRange(platform, mm, cpu, gather).walk(startVa, endVa);
    }

    @Override
    void leaves(long table, int first, int count, long va) {
        if (ops.getAndClearLeaves(cpu, 1, table, first, count, old, 0) == 0) {
            return;
        }
        for (int i = 0; i < count; i++) {
            if (Pte.isMapped(old[i])) {
                long pfn = Pte.pfn(old[i]);
                mm.countResident(pfn, FrameAllocator.ORDER_4K, -1);
                gather.page(pfn, FrameAllocator.ORDER_4K, va + ((long) i << 12));
            }
        }
    }

    @Override
    void hugeLeaf(long table, int level, int index, long entry, long va) {
        ops.getAndClear(cpu, level, table, index);
        int order = PagingLevel.INDEX_BITS * (level - 1);
        mm.countResident(Pte.pfn(entry), order, -1);
        gather.page(Pte.pfn(entry), order, va);
    }
}
