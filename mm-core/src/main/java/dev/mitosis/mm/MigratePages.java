package dev.mitosis.mm;

import dev.mitosis.hal.Frames;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * Moves the data pages of a range to a node, as NUMA balancing does in the end; the page tables stay where they are.
 *
 * <p>Pages that other mappings share too stay, and so do pages for which the node has no frame.
 *
 * <p>Source: Linux {@code mm/migrate.c:migrate_pages}; migrate_pages(2).
 */
final class MigratePages extends RangeWalk {
    private final Vma area;
    private final int toNode;
    private final MmuGather gather;
    private long moved;

    private MigratePages(Platform platform, MmStruct mm, int cpu, Vma area, int toNode, MmuGather gather) {
        super(platform, mm, cpu);
        this.area = area;
        this.toNode = toNode;
        this.gather = gather;
    }

    /** Moves a range's pages, and returns the number of leaves whose page moved. */
    static long run(Platform platform, MmStruct mm, int cpu, Vma area, int toNode) {
        MmuGather gather = new MmuGather(platform, mm, cpu);
        MigratePages migrate = new MigratePages(platform, mm, cpu, area, toNode, gather);
        migrate.walk(area.startVa(), area.endVa());
        gather.flush();
        return migrate.moved;
    }

    @Override
    boolean splits() {
        return false;
    }

    @Override
    void leaves(long table, int first, int count, long va) {
        for (int i = 0; i < count; i++) {
            long entry = ops.get(cpu, table, first + i);
            if (Pte.isMapped(entry)) {
                move(table, 1, first + i, entry, va + ((long) i << 12));
            }
        }
    }

    @Override
    void hugeLeaf(long table, int level, int index, long entry, long va) {
        move(table, level, index, entry, va);
    }

    private void move(long table, int level, int index, long entry, long va) {
        long pfn = Pte.pfn(entry);
        int fromNode = Frames.nodeOf(pfn);
        int order = PagingLevel.INDEX_BITS * (level - 1);
        // A page of an object has the object's own reference besides the mapping's.
        int ownReferences = area.isPrivate() ? 0 : 1;
        if (fromNode == toNode || platform.frames().extraReferences(pfn) > ownReferences) {
            return;
        }
        long copy = platform.frames().allocate(toNode, order);
        if (copy == Frames.NO_FRAME) {
            platform.events().nodePressure(toNode);
            return;
        }
        platform.meter().pagesAllocated(cpu, toNode, order, 1);
        platform.meter().pageCopied(cpu, fromNode, toNode, order);
        ops.set(cpu, level, table, index, Pte.withPfn(ops.getAndClear(cpu, level, table, index), copy));
        mm.countResident(copy, order, 1);
        mm.countResident(pfn, order, -1);
        if (area.file() instanceof PageCache cache && !area.isPrivate()) {
            cache.insert(area.pageOffset() + ((va - area.startVa()) >> Frames.PAGE_SHIFT), copy);
            platform.frames().share(copy);
            platform.frames().release(pfn, order);
        }
        gather.page(pfn, order, va);
        platform.events().dataPageMigrated(mm, va, fromNode, toNode);
        moved++;
    }
}
