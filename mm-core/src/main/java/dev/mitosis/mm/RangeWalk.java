package dev.mitosis.mm;

import dev.mitosis.hal.Frames;
import dev.mitosis.x86.PageTable;
import dev.mitosis.x86.PageTableOps;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * A walk over the mapped part of a range of addresses, table by table: the skeleton of every verb that edits a range.
 *
 * <p>Shape: the verb is called once for each leaf table that the range touches, with the run of its entries, and once for
 * each huge leaf. A huge leaf that the range covers only in part is split first, unless the verb takes it as it is.
 *
 * <p>Cost: one load for each non-leaf entry of the range, and what the verb does.
 *
 * <p>Source: the shape of Linux {@code mm/pagewalk.c:walk_page_range}.
 */
abstract class RangeWalk {
    final Platform platform;
    final PageTableOps ops;
    final MmStruct mm;
    final int cpu;

    RangeWalk(Platform platform, MmStruct mm, int cpu) {
        this.platform = platform;
        this.ops = platform.ops();
        this.mm = mm;
        this.cpu = cpu;
    }

    /** The entries {@code first … first + count - 1} of a level-1 table; the first maps {@code va}. */
    abstract void leaves(long table, int first, int count, long va);

    /** A leaf of level 2 or above that the range covers whole. */
    abstract void hugeLeaf(long table, int level, int index, long entry, long va);

    /** A huge leaf that the range covers in part: true to split it and go on below, false to leave it alone. */
    boolean splits() {
        return true;
    }

    final void walk(long startVa, long endVa) {
        PageTable tree = mm.pageTable();
        if (tree.root() != Frames.NO_FRAME && startVa < endVa) {
            walk(tree.root(), tree.levels(), startVa, endVa);
        }
    }

    private void walk(long table, int level, long startVa, long endVa) {
        if (level == 1) {
            leaves(table, PagingLevel.index(startVa, 1), (int) ((endVa - startVa) >>> Frames.PAGE_SHIFT), startVa);
            return;
        }
        long next;
        for (long va = startVa; va < endVa; va = next) {
            next = Math.min(PagingLevel.nextBoundary(va, level), endVa);
            int index = PagingLevel.index(va, level);
            long entry = ops.peek(table, index);
            if (Pte.isLeaf(entry, level)) {
                if (next - va == PagingLevel.spanBytes(level)) {
                    entry = ops.get(cpu, table, index);
                    hugeLeaf(table, level, index, entry, va);
                    continue;
                }
                if (!splits()) {
                    continue;
                }
                entry = SplitHugeLeaf.split(platform, mm, cpu, table, level, index, va);
            }
            if (Pte.isTable(entry, level)) {
                walk(Pte.pfn(entry), level - 1, va, next);
            }
        }
    }
}
