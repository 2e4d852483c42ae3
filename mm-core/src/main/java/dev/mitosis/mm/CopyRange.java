package dev.mitosis.mm;

import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * Copies an area's leaves to a child at fork: both lose the right to write, and share the frames until one writes.
 *
 * <p>Shared areas are not copied: the child faults their pages in from the object.
 *
 * <p>Source: Linux {@code mm/memory.c:copy_page_range}.
 */
final class CopyRange extends RangeWalk {
    private final Task child;
    private final TablePath path;
    private final long[] entries = new long[PagingLevel.ENTRIES];
    private boolean hasChanged;

    private CopyRange(Platform platform, Task parent, Task child) {
        super(platform, parent.mm(), parent.cpu());
        this.child = child;
        this.path = new TablePath(platform);
    }

    /** Copies one area; true when a leaf of the parent lost its right to write, so that its processors must forget the range */
    static boolean run(Platform platform, Task parent, Task child, Vma area) {
        CopyRange copy = new CopyRange(platform, parent, child);
        copy.walk(area.startVa(), area.endVa());
        return copy.hasChanged;
    }

    @Override
    void leaves(long table, int first, int count, long va) {
        hasChanged |= ops.modifyLeaves(cpu, 1, table, first, count, Pte.WRITE, 0) > 0;
        int lowest = count;
        int highest = -1;
        for (int i = 0; i < count; i++) {
            long entry = ops.get(cpu, table, first + i);
            entries[i] = Pte.isMapped(entry) ? share(entry, FrameAllocator.ORDER_4K) : Pte.NONE;
            if (entries[i] != Pte.NONE) {
                lowest = Math.min(lowest, i);
                highest = i;
            }
        }
        if (highest >= 0) {
            path.make(child, va, 1);
            ops.setLeaves(cpu, 1, path.table, first + lowest, highest - lowest + 1, entries, lowest);
        }
    }

    @Override
    void hugeLeaf(long table, int level, int index, long entry, long va) {
        hasChanged |= ops.modifyLeaves(cpu, level, table, index, 1, Pte.WRITE, 0) > 0;
        path.make(child, va, level);
        ops.set(cpu, level, path.table, path.index, share(entry, PagingLevel.INDEX_BITS * (level - 1)));
    }

    private long share(long entry, int order) {
        long pfn = Pte.pfn(entry);
        platform.frames().share(pfn);
        child.mm().countResident(pfn, order, 1);
        return entry & ~(Pte.WRITE | Pte.ACCESSED);
    }
}
