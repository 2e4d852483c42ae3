package dev.mitosis.mm;

import dev.mitosis.hal.Frames;
import dev.mitosis.x86.PageTableOps;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * Replaces a huge leaf by a table of leaves one level below that map the same frames with the same rights.
 *
 * <p>The processors forget the huge translation before anything is done to a part of it: two page sizes for one address in a
 * TLB are undefined.
 *
 * <p>Source: Linux {@code mm/huge_memory.c:__split_huge_pmd_locked}; Intel SDM vol. 3A §4.10.2.3.
 */
final class SplitHugeLeaf {
    private SplitHugeLeaf() {}

    /** Splits the leaf at an entry, and returns what the entry is now: a pointer to the table. */
    static long split(Platform platform, MmStruct mm, int cpu, long table, int level, int index, long va) {
        PageTableOps ops = platform.ops();
        int below = level - 1;
        int orderBelow = PagingLevel.INDEX_BITS * (below - 1);
        long child = allocate(platform, mm, cpu, below, Frames.nodeOf(table));
        long entry = ops.getAndClear(cpu, level, table, index);
        long first = below == 1 ? entry & ~Pte.HUGE : entry;
        ops.setLeaves(cpu, below, child, 0, PagingLevel.ENTRIES, first, Frames.PAGE_BYTES << orderBelow);
        platform.frames().splitReferences(Pte.pfn(entry), orderBelow, PagingLevel.INDEX_BITS + orderBelow);
        long pointer = Pte.of(child, Pte.TABLE_FLAGS);
        ops.set(cpu, level, table, index, pointer);
        long start = va & -PagingLevel.spanBytes(level);
        TlbShootdown.run(platform, mm, cpu, start, start + PagingLevel.spanBytes(level), false);
        return pointer;
    }

    private static long allocate(Platform platform, MmStruct mm, int cpu, int level, int near) {
        for (long rest = platform.topology().allNodes(); rest != 0; ) {
            int node = platform.topology().nearestNode(near, rest);
            long table = platform.ops().allocateTable(mm.pageTable(), level, cpu, node);
            if (table != Frames.NO_FRAME) {
                mm.countTable(level, 1);
                return table;
            }
            rest &= ~(1L << node);
        }
        throw new KernelException(Errno.ENOMEM, "no frame for the page table of a huge page that must be split");
    }
}
