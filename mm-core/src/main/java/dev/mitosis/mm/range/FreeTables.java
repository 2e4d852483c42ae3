package dev.mitosis.mm.range;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.tlb.MmuGather;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.x86.PageTable;
import dev.mitosis.x86.PageTableOps;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import org.jspecify.annotations.Nullable;

/**
 * Takes tables that map nothing out of the tree: those beneath a range, as far as the hole around it reaches.
 *
 * <p>A table goes when all that it spans lies in the hole {@code [floor, ceiling)} between the areas that are left, whether or
 * not the unmapped range covers its span.
 *
 * <p>Concurrency: under mmap_lock for writing; the gather frees a table only when no processor can still walk it.
 *
 * <p>Source: Linux {@code mm/memory.c:free_pgd_range}.
 */
final class FreeTables {
    private final PageTableOps ops;
    private final @Nullable PageTable userTable;
    private final MmuGather gather;
    private final int cpu;
    private final long floorVa;
    private final long ceilingVa;

    private FreeTables(
            PageTableOps ops, @Nullable PageTable userTable, MmuGather gather, int cpu, long floorVa, long ceilingVa) {
        this.ops = ops;
        this.userTable = userTable;
        this.gather = gather;
        this.cpu = cpu;
        this.floorVa = floorVa;
        this.ceilingVa = ceilingVa;
    }

    /** Gathers the tables beneath {@code [startVa, endVa)}, a range without leaves, that lie in the hole around it. */
    static void run(Context context, MmStruct mm, int cpu, MmuGather gather, long startVa, long endVa) {
        PageTable tree = mm.pageTable();
        if (tree.root() == Frames.NO_FRAME) {
            return;
        }
        Vma below = mm.areas().lastStartingBelow(startVa);
        Vma above = mm.areas().firstEndingAfter(endVa - 1);
        long floor = below == null ? 0 : below.endVa();
        long ceiling = above == null ? Long.MAX_VALUE : above.startVa();
        new FreeTables(context.ops(), mm.userTable(), gather, cpu, floor, ceiling)
                .below(tree.root(), tree.levels(), startVa, endVa);
    }

    private void below(long table, int level, long startVa, long endVa) {
        if (level == 1) {
            return;
        }
        long next;
        for (long va = startVa; va < endVa; va = next) {
            next = Math.min(PagingLevel.nextBoundary(va, level), endVa);
            int index = PagingLevel.index(va, level);
            long entry = ops.peek(table, index);
            if (!Pte.isTable(entry, level)) {
                continue;
            }
            long child = Pte.pfn(entry);
            long spanStart = va & -PagingLevel.spanBytes(level);
            long spanEnd = spanStart + PagingLevel.spanBytes(level);
            if (spanStart >= floorVa && spanEnd <= ceilingVa) {
                // The whole span: tables beneath it that earlier calls had to leave go with it.
                below(child, level - 1, spanStart, spanEnd);
                if (userTable != null && level == userTable.levels()) {
                    ops.getAndClear(cpu, level, userTable.root(), index);
                }
                ops.getAndClear(cpu, level, table, index);
                gather.table(child, level - 1, spanStart, spanEnd);
            } else {
                below(child, level - 1, va, next);
            }
        }
    }
}
