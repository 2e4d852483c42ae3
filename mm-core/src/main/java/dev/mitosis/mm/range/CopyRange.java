package dev.mitosis.mm.range;

import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * Copies an area's leaves to a child at fork: both lose the right to write, and share the frames until one writes.
 *
 * <p>Shared areas are not copied: the child faults their pages in from the object.
 *
 * <p>Concurrency: under the parent's mmap_lock for writing; nobody else knows the child yet.
 *
 * <p>Source: Linux {@code mm/memory.c:copy_page_range}.
 */
public final class CopyRange extends RangeWalk {
    private final Task child;
    private final TablePath path;
    private final long[] entries = new long[PagingLevel.ENTRIES];
    private boolean hasChanged;

    private CopyRange(Context context, Task parent, Task child) {
        super(context, parent.mm(), parent.cpu());
        this.child = child;
        this.path = new TablePath(context);
    }

    /** Copies one area; true when a leaf of the parent lost its right to write, so that its processors must forget the range */
    public static boolean run(Context context, Task parent, Task child, Vma area) {
        CopyRange copy = new CopyRange(context, parent, child);
        copy.walk(area.startVa(), area.endVa());
        return copy.hasChanged;
    }

    @Override
    protected boolean takesLocks() {
        return false;
    }

    @Override
    protected void leaves(long table, int first, int count, long va) {
        int lowest = firstInUse(table, first, count);
        if (lowest == count) {
            return;
        }
        // The child's table comes first: to make it can mean reclaim, which changes entries.
        path.make(child, va, 1);
        hasChanged |= ops.modifyLeaves(cpu, 1, table, first, count, Pte.WRITE, 0) > 0;
        int highest = -1;
        for (int i = 0; i < count; i++) {
            long entry = ops.get(cpu, table, first + i);
            entries[i] = entry == Pte.NONE ? entry : share(entry);
            if (entry != Pte.NONE) {
                lowest = highest < 0 ? i : lowest;
                highest = i;
            }
        }
        if (highest >= 0) {
            context.meter().entriesChanged(cpu, (long) highest - lowest + 1);
            ops.setLeaves(cpu, 1, path.table, path.index + lowest, highest - lowest + 1, entries, lowest);
        }
    }

    private int firstInUse(long table, int first, int count) {
        for (int i = 0; i < count; i++) {
            if (ops.peek(table, first + i) != Pte.NONE) {
                return i;
            }
        }
        return count;
    }

    private long share(long entry) {
        if (Pte.isSwap(entry)) {
            context.swap().duplicate(Pte.swapSlot(entry));
            return entry;
        }
        return share(entry, FrameAllocator.ORDER_4K);
    }

    @Override
    protected void hugeLeaf(long table, int level, int index, long entry, long va) {
        path.make(child, va, level);
        if (!Pte.isLeaf(ops.peek(table, index), level)) {
            // To make the table meant reclaim, and that has split the page.
            walk(va, va + PagingLevel.spanBytes(level));
            return;
        }
        hasChanged |= ops.modifyLeaves(cpu, level, table, index, 1, Pte.WRITE, 0) > 0;
        path.set(cpu, share(ops.get(cpu, table, index), PagingLevel.INDEX_BITS * (level - 1)));
    }

    private long share(long entry, int order) {
        if (!Pte.isSpecial(entry)) {
            long pfn = Pte.pfn(entry);
            context.frames().share(pfn, order);
            child.mm().countResident(cpu, pfn, order, 1);
        }
        return entry & ~(Pte.WRITE | Pte.ACCESSED);
    }
}
