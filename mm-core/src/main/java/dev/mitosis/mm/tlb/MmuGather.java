package dev.mitosis.mm.tlb;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.frame.PageInfo;
import java.util.Arrays;

/**
 * What an unmapping has taken out of the page tables and may not free yet: frames, tables, and the range that processors must
 * forget first.
 *
 * <p>Frames are collected in batches of {@value #BATCH}; a full batch is flushed and freed, so that the gather's memory does
 * not grow with the range.
 *
 * <p>Source: Linux {@code include/asm-generic/tlb.h:struct mmu_gather}, MAX_GATHER_BATCH_COUNT (10,000 pages).
 */
public final class MmuGather {
    static final int BATCH = 10_000;

    private static final int ORDER_BITS = 6;
    private static final int LEVEL_BITS = 3;

    private final Context context;
    private final MmStruct mm;
    private final int cpu;
    private long[] pages = new long[16];
    private int pageCount;
    private long[] tables = new long[4];
    private int tableCount;
    private long startVa = Long.MAX_VALUE;
    private long endVa;

    public MmuGather(Context context, MmStruct mm, int cpu) {
        this.context = context;
        this.mm = mm;
        this.cpu = cpu;
    }

    /** A leaf of this range changed: processors must forget it. */
    public void changed(long start, long end) {
        startVa = Math.min(startVa, start);
        endVa = Math.max(endVa, end);
    }

    /** Data frames that no entry names any more. */
    public void page(long pfn, int order, long va) {
        changed(va, va + (Frames.PAGE_BYTES << order));
        if (pageCount == pages.length) {
            pages = Arrays.copyOf(pages, pageCount * 4);
        }
        pages[pageCount++] = pfn << ORDER_BITS | order;
    }

    /** Says whether a batch is full, so that {@link #flush} is due as soon as no page-table lock is held. */
    public boolean isFull() {
        return pageCount >= BATCH;
    }

    /** A table that no entry names any more. */
    public void table(long table, int level, long start, long end) {
        changed(start, end);
        if (tableCount == tables.length) {
            tables = Arrays.copyOf(tables, tableCount * 2);
        }
        tables[tableCount++] = table << LEVEL_BITS | level;
    }

    /** Shoots the range down, then frees what was gathered. The gather may be used again. */
    public void flush() {
        if (startVa < endVa) {
            TlbShootdown.run(context, mm, cpu, startVa, endVa, tableCount > 0);
        }
        startVa = Long.MAX_VALUE;
        endVa = 0;
        freePages();
        for (int i = 0; i < tableCount; i++) {
            int level = (int) tables[i] & ((1 << LEVEL_BITS) - 1);
            context.ops().freeTable(mm.pageTable(), level, cpu, tables[i] >>> LEVEL_BITS);
            mm.countTable(cpu, level, -1);
        }
        tableCount = 0;
    }

    /** Frees the pages, and holds the lists of a node over a run of its pages. */
    private void freePages() {
        int held = -1;
        for (int i = 0; i < pageCount; i++) {
            long pfn = pages[i] >>> ORDER_BITS;
            int order = (int) pages[i] & ((1 << ORDER_BITS) - 1);
            // Merged and huge pages have locks of their own, which stand above a node's.
            boolean isPlain =
                    order == FrameAllocator.ORDER_4K && !context.frames().info().has(pfn, PageInfo.KSM);
            int node = isPlain ? Frames.nodeOf(pfn) : -1;
            if (node != held) {
                unlock(held);
                lock(node);
                held = node;
            }
            context.releasePages(cpu, pfn, order);
        }
        unlock(held);
        pageCount = 0;
    }

    private void lock(int node) {
        if (node >= 0) {
            context.frames().lockNode(node);
        }
    }

    private void unlock(int node) {
        if (node >= 0) {
            context.frames().unlockNode(node);
        }
    }
}
