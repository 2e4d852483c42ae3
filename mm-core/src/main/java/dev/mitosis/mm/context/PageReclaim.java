package dev.mitosis.mm.context;

import dev.mitosis.mm.MmStruct;
import org.jspecify.annotations.Nullable;

/** Frees pages when an allocation finds none: reclaim, installed at boot. */
public interface PageReclaim {
    /** Nothing can be reclaimed. */
    PageReclaim NONE = (held, cpu, nodeMask, pages) -> 0;

    /**
     * Frees pages of some nodes.
     *
     * @param held the address space whose mmap_lock the caller holds, if any
     * @return how many 4 KiB pages were freed or can be freed: 0 when there is nothing left to reclaim
     */
    long run(@Nullable MmStruct held, int cpu, long nodeMask, long pages);
}
