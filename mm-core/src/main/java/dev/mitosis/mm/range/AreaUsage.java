package dev.mitosis.mm.range;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.pagecache.PageCache;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * What an area has in memory, counted over its leaves.
 *
 * <p>Units: pages of 4 KiB.
 *
 * <p>Cost: reads every leaf of the area, in all copies.
 *
 * <p>Source: Linux {@code fs/proc/task_mmu.c:smaps_account, gather_stats}.
 */
public final class AreaUsage {
    private final long[] pagesOfNode;
    private long anonymous;
    private long ofObject;
    private long dirty;
    private long referenced;
    private long shared;
    private long huge;
    private long swapped;

    private AreaUsage(int nodes) {
        pagesOfNode = new long[nodes];
    }

    /** Counts an area; the caller holds mmap_lock. */
    public static AreaUsage of(Context context, MmStruct mm, Vma area) {
        AreaUsage usage = new AreaUsage(context.topology().nodes());
        usage.new Walk(context, mm, area).walk(area.startVa(), area.endVa());
        return usage;
    }

    public long resident() {
        return anonymous + ofObject;
    }

    public long resident(int node) {
        return pagesOfNode[node];
    }

    public long anonymous() {
        return anonymous;
    }

    /** Pages of the object that the area maps, not copies of them. */
    public long ofObject() {
        return ofObject;
    }

    public long dirty() {
        return dirty;
    }

    public long referenced() {
        return referenced;
    }

    /** Pages that others refer to as well. */
    public long shared() {
        return shared;
    }

    /** In transparent huge pages, or in pages of the pool. */
    public long huge() {
        return huge;
    }

    public long swapped() {
        return swapped;
    }

    private final class Walk extends RangeWalk {
        private final Vma area;

        Walk(Context context, MmStruct mm, Vma area) {
            super(context, mm, Math.max(0, mm.cpus().nextSetBit(0)));
            this.area = area;
        }

        @Override
        protected boolean splits() {
            return false;
        }

        @Override
        protected void leaves(long table, int first, int count, long va) {
            for (int i = 0; i < count; i++) {
                long entry = ops.get(cpu, table, first + i);
                if (Pte.isSwap(entry)) {
                    swapped++;
                } else if (Pte.isMapped(entry) && !Pte.isSpecial(entry)) {
                    account(entry, FrameAllocator.ORDER_4K, va + ((long) i << Frames.PAGE_SHIFT));
                }
            }
        }

        @Override
        protected void hugeLeaf(long table, int level, int index, long entry, long va) {
            if (Pte.isMapped(entry) && !Pte.isSpecial(entry)) {
                int order = PagingLevel.INDEX_BITS * (level - 1);
                account(entry, order, va);
                huge += 1L << order;
            }
        }

        private void account(long entry, int order, long va) {
            long pages = 1L << order;
            long pfn = Pte.pfn(entry);
            PageCache object = (PageCache) area.file();
            if (object != null && object.lookup(area.pageAt(va)) == pfn) {
                ofObject += pages;
            } else {
                anonymous += pages;
            }
            pagesOfNode[Frames.nodeOf(pfn)] += pages;
            dirty += (entry & Pte.DIRTY) != 0 ? pages : 0;
            referenced += (entry & Pte.ACCESSED) != 0 ? pages : 0;
            shared += context.frames().isShared(pfn, order) ? pages : 0;
        }
    }
}
