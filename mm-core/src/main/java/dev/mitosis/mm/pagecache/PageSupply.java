package dev.mitosis.mm.pagecache;

import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.stat.VmStat;

/** What an object needs of the kernel to bring its pages into memory and to let them go. */
public interface PageSupply {
    FrameAllocator frames();

    PageContents contents();

    SwapSpace swap();

    VmStat vmstat();

    /** Drops one reference to a data frame. */
    void releasePages(int cpu, long pfn, int order);
}
