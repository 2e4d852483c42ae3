package dev.mitosis.mm.tlb;

import dev.mitosis.mm.MmStruct;

/** Takes back frames and tables that no processor can reach any more; called by a gather after its flush. */
public interface FrameRelease {
    /**
     * Drops a mapping's reference to each of some data frames.
     *
     * @param pages {@code pfn << orderBits | order}
     */
    void releasePages(int cpu, long[] pages, int count, int orderBits);

    /** Frees a page table that no entry names any more. */
    void releaseTable(MmStruct mm, int cpu, int level, long table);
}
