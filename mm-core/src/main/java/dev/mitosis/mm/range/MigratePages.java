package dev.mitosis.mm.range;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.frame.PageInfo;
import dev.mitosis.mm.pagecache.PageCache;
import dev.mitosis.mm.stat.VmEvent;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * Moves the data pages of a range to a node; the page tables stay where they are.
 *
 * <p>The pages of a table are unmapped together, forgotten by the processors, copied, and mapped again, under the table's lock:
 * who faults meanwhile waits for it.
 *
 * <p>Pages that other mappings share too stay, unless the caller moves those as well, and so do pages for which the node has no
 * frame.
 *
 * <p>Source: Linux {@code mm/migrate.c:migrate_pages}; migrate_pages(2).
 */
public final class MigratePages extends RangeWalk {
    private final Vma area;
    private final long fromMask;
    private final int toNode;
    private final int[] indices = new int[PagingLevel.ENTRIES];
    private final long[] copies = new long[PagingLevel.ENTRIES];
    private final long[] entries = new long[PagingLevel.ENTRIES];
    private long moved;
    private long failed;

    private MigratePages(Context context, MmStruct mm, int cpu, Vma area, long fromMask, int toNode) {
        super(context, mm, cpu);
        this.area = area;
        this.fromMask = fromMask;
        this.toNode = toNode;
    }

    /** Moves an area's pages from anywhere, and returns the number of leaves whose page moved. */
    public static long run(Context context, MmStruct mm, int cpu, Vma area, int toNode) {
        return run(context, mm, cpu, area, ~(1L << toNode), toNode).moved;
    }

    /** Moves those pages of an area that lie on nodes of a mask. */
    public static MigratePages run(Context context, MmStruct mm, int cpu, Vma area, long fromMask, int toNode) {
        MigratePages migrate = new MigratePages(context, mm, cpu, area, fromMask & ~(1L << toNode), toNode);
        migrate.walk(area.startVa(), area.endVa());
        context.vmstat().count(cpu, VmEvent.PGMIGRATE_SUCCESS, migrate.moved);
        context.vmstat().count(cpu, VmEvent.PGMIGRATE_FAIL, migrate.failed);
        return migrate;
    }

    /** Leaves whose page moved. */
    long moved() {
        return moved;
    }

    /** Leaves whose page should have moved and could not. */
    long failed() {
        return failed;
    }

    @Override
    protected boolean splits() {
        return false;
    }

    @Override
    protected void leaves(long table, int first, int count, long va) {
        int moving = 0;
        for (int i = 0; i < count; i++) {
            long entry = ops.peek(table, first + i);
            if (isMovable(entry, FrameAllocator.ORDER_4K)) {
                long copy = takeCopy(FrameAllocator.ORDER_4K);
                if (copy != Frames.NO_FRAME) {
                    indices[moving] = i;
                    copies[moving] = copy;
                    entries[moving++] = ops.getAndClear(cpu, 1, table, first + i);
                }
            }
        }
        if (moving == 0) {
            return;
        }
        context.flush().run(mm, cpu, va, va + ((long) count << Frames.PAGE_SHIFT), false);
        for (int i = 0; i < moving; i++) {
            long at = va + ((long) indices[i] << Frames.PAGE_SHIFT);
            finish(table, 1, first + indices[i], entries[i], copies[i], at);
        }
    }

    @Override
    protected void hugeLeaf(long table, int level, int index, long entry, long va) {
        int order = PagingLevel.INDEX_BITS * (level - 1);
        if (!isMovable(entry, order)) {
            return;
        }
        long copy = takeCopy(order);
        if (copy != Frames.NO_FRAME) {
            long old = ops.getAndClear(cpu, level, table, index);
            context.flush().run(mm, cpu, va, va + PagingLevel.spanBytes(level), false);
            finish(table, level, index, old, copy, va);
        }
    }

    private boolean isMovable(long entry, int order) {
        if (!Pte.isMapped(entry) || Pte.isSpecial(entry)) {
            return false;
        }
        long pfn = Pte.pfn(entry);
        if ((fromMask >>> Frames.nodeOf(pfn) & 1) == 0) {
            return false;
        }
        // A page of an object has the object's own reference besides the mapping's.
        int ownReferences = area.isPrivate() ? 0 : 1;
        boolean isFree = context.frames().extraReferences(pfn) <= ownReferences
                && !context.frames().info().has(pfn, PageInfo.KSM | PageInfo.HUGETLB | PageInfo.SPLIT);
        failed += isFree ? 0 : 1;
        return isFree && (order == FrameAllocator.ORDER_4K || area.isPrivate());
    }

    private long takeCopy(int order) {
        long copy = context.frames().allocate(toNode, order);
        if (copy == Frames.NO_FRAME) {
            context.events().nodePressure(toNode);
            failed++;
        } else {
            context.meter().pagesAllocated(cpu, toNode, order, 1);
        }
        return copy;
    }

    private void finish(long table, int level, int index, long entry, long copy, long va) {
        long pfn = Pte.pfn(entry);
        int order = PagingLevel.INDEX_BITS * (level - 1);
        if (area.file() instanceof PageCache cache && !area.isPrivate()) {
            long page = area.pageOffset() + ((va - area.startVa()) >> Frames.PAGE_SHIFT);
            if (!cache.replace(context, page, pfn, copy)) {
                // Somebody took hold of it meanwhile: it stays.
                ops.set(cpu, level, table, index, entry);
                context.releasePages(cpu, copy, order);
                failed++;
                return;
            }
            context.frames().share(copy);
        }
        context.meter().pageCopied(cpu, Frames.nodeOf(pfn), toNode, order);
        context.contents().copied(pfn, copy, order);
        ops.set(cpu, level, table, index, Pte.withPfn(entry, copy));
        mm.countResident(cpu, copy, order, 1);
        mm.countResident(cpu, pfn, order, -1);
        context.releasePages(cpu, pfn, order);
        context.events().dataPageMigrated(mm, va, Frames.nodeOf(pfn), toNode);
        moved++;
    }
}
