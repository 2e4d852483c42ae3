package dev.mitosis.mm.tlb;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.MmStruct;
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

    private final TlbFlush flush;
    private final FrameRelease frames;
    private final MmStruct mm;
    private final int cpu;
    private long[] pages = new long[16];
    private int pageCount;
    private long[] tables = new long[4];
    private int tableCount;
    private long startVa = Long.MAX_VALUE;
    private long endVa;

    /**
     * A gather for one operation on an address space.
     *
     * @param cpu the processor that runs the operation
     */
    public MmuGather(TlbFlush flush, FrameRelease frames, MmStruct mm, int cpu) {
        this.flush = flush;
        this.frames = frames;
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

    /** Flushes the range, then lets the flush backend free what was gathered. The gather may be used again. */
    public void flush() {
        if (startVa < endVa) {
            flush.run(mm, cpu, startVa, endVa, tableCount > 0);
        }
        flush.release(this);
    }

    /** Frees what was gathered: no processor can reach it any more. */
    void free() {
        startVa = Long.MAX_VALUE;
        endVa = 0;
        frames.releasePages(cpu, pages, pageCount, ORDER_BITS);
        pageCount = 0;
        for (int i = 0; i < tableCount; i++) {
            int level = (int) tables[i] & ((1 << LEVEL_BITS) - 1);
            frames.releaseTable(mm, cpu, level, tables[i] >>> LEVEL_BITS);
        }
        tableCount = 0;
    }

    MmStruct mm() {
        return mm;
    }

    int cpu() {
        return cpu;
    }

    long startVa() {
        return startVa;
    }

    long endVa() {
        return endVa;
    }

    int pageCount() {
        return pageCount;
    }

    boolean hasTables() {
        return tableCount > 0;
    }
}
