package dev.mitosis.mm.range;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.lock.TableLocks;
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
 * <p>Concurrency: the caller holds mmap_lock. The verb runs under the lock of the table that it edits; after each table,
 * without it, {@link #settled} is called.
 *
 * <p>Cost: one load for each non-leaf entry of the range, and what the verb does.
 *
 * <p>Source: the shape of Linux {@code mm/pagewalk.c:walk_page_range}.
 */
public abstract class RangeWalk {
    protected final Context context;
    protected final PageTableOps ops;
    protected final MmStruct mm;
    protected final int cpu;
    private final TableLocks locks;

    protected RangeWalk(Context context, MmStruct mm, int cpu) {
        this.context = context;
        this.ops = context.ops();
        this.mm = mm;
        this.cpu = cpu;
        this.locks = context.tableLocks();
    }

    /** The entries {@code first … first + count - 1} of a level-1 table; the first maps {@code va}. */
    protected abstract void leaves(long table, int first, int count, long va);

    /** A leaf of level 2 or above that the range covers whole. */
    protected abstract void hugeLeaf(long table, int level, int index, long entry, long va);

    /** A huge leaf that the range covers in part: true to split it and go on below, false to leave it alone. */
    protected boolean splits() {
        return true;
    }

    /** Says whether the verb needs the locks of tables: not when the caller holds mmap_lock for writing. */
    protected boolean takesLocks() {
        return true;
    }

    /** A table is done with, and its lock released: the place to flush and free. */
    protected void settled() {}

    public final void walk(long startVa, long endVa) {
        PageTable tree = mm.pageTable();
        if (tree.root() != Frames.NO_FRAME && startVa < endVa) {
            walk(tree.root(), tree.levels(), startVa, endVa);
        }
    }

    private void walk(long table, int level, long startVa, long endVa) {
        if (level == 1) {
            lock(table);
            try {
                leaves(table, PagingLevel.index(startVa, 1), (int) ((endVa - startVa) >>> Frames.PAGE_SHIFT), startVa);
            } finally {
                unlock(table);
            }
            settled();
            return;
        }
        long next;
        for (long va = startVa; va < endVa; va = next) {
            next = Math.min(PagingLevel.nextBoundary(va, level), endVa);
            int index = PagingLevel.index(va, level);
            long entry = ops.peek(table, index);
            if (Pte.isLeaf(entry, level)) {
                entry = atHugeLeaf(table, level, index, va, next - va);
            }
            if (Pte.isTable(entry, level)) {
                walk(Pte.pfn(entry), level - 1, va, next);
            }
        }
    }

    /** Lets the verb have the leaf, or splits it; what is left to go down through. */
    private long atHugeLeaf(long table, int level, int index, long va, long lengthBytes) {
        if (lengthBytes < PagingLevel.spanBytes(level)) {
            return splits() ? SplitHugeLeaf.split(context, mm, cpu, table, level, index, va) : Pte.NONE;
        }
        lock(table);
        try {
            long entry = ops.get(cpu, table, index);
            if (!Pte.isLeaf(entry, level)) {
                // Another thread has split or removed it.
                return entry;
            }
            hugeLeaf(table, level, index, entry, va);
        } finally {
            unlock(table);
        }
        settled();
        return Pte.NONE;
    }

    private void lock(long table) {
        if (takesLocks()) {
            locks.lock(table);
        }
    }

    private void unlock(long table) {
        if (takesLocks()) {
            locks.unlock(table);
        }
    }
}
