package dev.mitosis.mm.reclaim;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.context.PageReclaim;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.frame.PageInfo;
import dev.mitosis.mm.pagecache.PageCache;
import dev.mitosis.mm.pagecache.SwapSpace;
import dev.mitosis.mm.range.RangeWalk;
import dev.mitosis.mm.range.SplitHugeLeaf;
import dev.mitosis.mm.stat.VmEvent;
import dev.mitosis.mm.tlb.MmuGather;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Makes memory free: goes through address spaces, gives each page that was used since the last round another chance, and takes the
 * cold ones out of memory.
 *
 * <p>Anonymous pages go to swap; pages of files are dropped; lazily freed ones that are still clean are just forgotten.
 *
 * <p>Age is the Accessed bit, as the hardware set it in any copy of the tables. Clearing it flushes no TLB, as on Linux: a page
 * whose translation stays cached looks colder than it is.
 *
 * <p>Concurrency: one thread at a time; mmap_lock of the address spaces is only tried, because the caller may hold others.
 *
 * <p>Source: Linux {@code mm/vmscan.c:shrink_folio_list}, {@code walk_mm} of the multi-generational LRU (ageing by page tables).
 */
public final class Reclaim implements PageReclaim {
    /** The first round clears Accessed bits, the second finds cold what nobody touched, the third takes it from the halves. */
    private static final int ROUNDS = 3;

    private final Context context;
    private final ReentrantLock running = new ReentrantLock();
    private int hand;

    public Reclaim(Context context) {
        this.context = context;
    }

    /**
     * Frees pages of some nodes.
     *
     * @param held the address space whose mmap_lock the caller holds, if any
     * @return how many 4 KiB pages were freed or can be freed: 0 when there is nothing left to reclaim
     */
    @Override
    public long run(@Nullable MmStruct held, int cpu, long nodeMask, long pages) {
        if (!running.tryLock()) {
            // Another thread is at it: what it frees is for all.
            Thread.onSpinWait();
            return 1;
        }
        try {
            long freed = 0;
            for (int round = 0; round < ROUNDS && freed < pages; round++) {
                freed += round(held, cpu, nodeMask, pages - freed);
            }
            context.vmstat().count(cpu, VmEvent.PGSTEAL_DIRECT, freed);
            return freed;
        } finally {
            running.unlock();
        }
    }

    private long round(@Nullable MmStruct held, int cpu, long nodeMask, long pages) {
        List<MmStruct> all = context.addressSpaces().all();
        long freed = 0;
        for (int i = 0; i < all.size() && freed < pages; i++) {
            MmStruct mm = all.get(Math.floorMod(hand + i, all.size()));
            if (mm == held) {
                freed += scan(mm, cpu, nodeMask, pages - freed);
            } else if (mm.lock().tryLockRead(cpu)) {
                try {
                    freed += scan(mm, cpu, nodeMask, pages - freed);
                } finally {
                    mm.lock().unlockRead(cpu);
                }
            }
        }
        hand++;
        return freed;
    }

    private long scan(MmStruct mm, int cpu, long nodeMask, long pages) {
        long freed = 0;
        for (Vma area : mm.areas().all()) {
            if (freed >= pages) {
                break;
            }
            freed += evict(mm, cpu, area, nodeMask, pages - freed, true);
        }
        return freed;
    }

    /** Takes pages of an area out of memory: all ({@code spares} false), or those not used since the last look. */
    public long evict(MmStruct mm, int cpu, Vma area, long nodeMask, long pages, boolean spares) {
        if (area.has(Vma.LOCKED | Vma.HUGETLB) || mm.pageTable().root() == Frames.NO_FRAME) {
            return 0;
        }
        Eviction eviction = new Eviction(context, mm, cpu, area, nodeMask, pages, spares);
        eviction.walk(area.startVa(), area.endVa());
        for (long va : eviction.coldHugePages) {
            if (eviction.freed >= pages) {
                break;
            }
            long middle = va + (1L << Frames.PAGE_SHIFT);
            try {
                SplitHugeLeaf.atBorder(context, mm, cpu, middle);
            } catch (KernelException noTable) {
                break;
            }
            eviction.walk(va, va + PagingLevel.spanBytes(2));
        }
        eviction.gather.flush();
        return eviction.freed;
    }

    /** One pass over an area. */
    private static final class Eviction extends RangeWalk {
        private final Vma area;
        private final long nodeMask;
        private final long pages;
        private final boolean spares;
        private final MmuGather gather;
        private final List<Long> coldHugePages = new ArrayList<>();
        private final int[] indices = new int[PagingLevel.ENTRIES];
        private final long[] entries = new long[PagingLevel.ENTRIES];
        private final List<Long> objectPages = new ArrayList<>();
        private long freed;

        Eviction(Context context, MmStruct mm, int cpu, Vma area, long nodeMask, long pages, boolean spares) {
            super(context, mm, cpu);
            this.area = area;
            this.nodeMask = nodeMask;
            this.pages = pages;
            this.spares = spares;
            this.gather = context.gather(mm, cpu);
        }

        @Override
        protected boolean splits() {
            return false;
        }

        @Override
        protected void leaves(long table, int first, int count, long va) {
            int cold = 0;
            for (int i = 0; i < count && freed + cold < pages; i++) {
                long entry = ops.peek(table, first + i);
                if (isCandidate(entry) && isCold(table, first + i)) {
                    indices[cold] = i;
                    entries[cold++] = ops.getAndClear(cpu, 1, table, first + i);
                }
            }
            if (cold == 0) {
                return;
            }
            // Nobody may write the page while it is written out.
            context.flush().run(mm, cpu, va, va + ((long) count << Frames.PAGE_SHIFT), false);
            for (int i = 0; i < cold; i++) {
                long at = va + ((long) indices[i] << Frames.PAGE_SHIFT);
                writeOut(table, first + indices[i], entries[i], at);
            }
        }

        private boolean isCandidate(long entry) {
            return Pte.isMapped(entry)
                    && !Pte.isSpecial(entry)
                    && (nodeMask >>> Frames.nodeOf(Pte.pfn(entry)) & 1) != 0
                    && !context.frames().info().has(Pte.pfn(entry), PageInfo.KSM);
        }

        private boolean isCold(long table, int index) {
            context.vmstat().count(cpu, VmEvent.PGSCAN_DIRECT);
            return !spares || !ops.testAndClearAccessed(cpu, table, index);
        }

        private void writeOut(long table, int index, long entry, long va) {
            long pfn = Pte.pfn(entry);
            PageCache object = (PageCache) area.file();
            long page = area.pageAt(va);
            boolean isObjects = object != null && object.lookup(page) == pfn;
            PageInfo info = context.frames().info();
            boolean isLazy = info.has(pfn, PageInfo.LAZYFREE) && (entry & Pte.DIRTY) == 0;
            if (isObjects) {
                objectPages.add(page);
            } else if (isLazy) {
                context.vmstat().count(cpu, VmEvent.PGLAZYFREED);
            } else {
                long slot = context.swap().writeOut(pfn);
                if (slot == SwapSpace.NO_SLOT) {
                    ops.set(cpu, 1, table, index, entry);
                    return;
                }
                info.clear(pfn, PageInfo.LAZYFREE);
                ops.set(cpu, 1, table, index, Pte.swap(slot));
                context.vmstat().count(cpu, VmEvent.PSWPOUT);
            }
            mm.countResident(cpu, pfn, FrameAllocator.ORDER_4K, -1);
            context.releasePages(cpu, pfn, FrameAllocator.ORDER_4K);
            if (!isObjects && !isLazy) {
                context.swap().dropIfUnmapped(pfn);
            }
            freed += isObjects ? 0 : 1;
        }

        @Override
        protected void hugeLeaf(long table, int level, int index, long entry, long va) {
            if (level == 2 && isCandidate(entry) && isCold(table, index)) {
                coldHugePages.add(va);
            }
        }

        @Override
        protected void settled() {
            PageCache object = (PageCache) area.file();
            for (long page : objectPages) {
                freed += object != null && object.writeOut(context, cpu, page) ? 1 : 0;
            }
            objectPages.clear();
        }
    }
}
