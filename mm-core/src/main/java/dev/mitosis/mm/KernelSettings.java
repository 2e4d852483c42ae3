package dev.mitosis.mm;

import dev.mitosis.mm.vma.Overcommit;

/**
 * How a kernel is built and booted.
 *
 * @param levels 4, or 5 for 57-bit addresses
 * @param thp whether anonymous faults take 2 MiB pages where an area covers one (transparent_hugepage=always)
 * @param tlb how context switches and flushes treat TLBs
 * @param maxMapCount areas that one address space may have (vm.max_map_count)
 * @param zeroPage whether a first read maps the zero page, as Linux does, and not a page of its own
 * @param swapPages slots of swap space; 0 for none
 * @param overcommit vm.overcommit_memory
 */
public record KernelSettings(
        int levels,
        boolean thp,
        TlbSettings tlb,
        int maxMapCount,
        boolean zeroPage,
        long swapPages,
        Overcommit.Mode overcommit) {
    /** Linux's default of vm.max_map_count. */
    public static final int DEFAULT_MAX_MAP_COUNT = 65530;

    public static final KernelSettings DEFAULT =
            new KernelSettings(4, false, TlbSettings.LINUX, DEFAULT_MAX_MAP_COUNT, true, 0, Overcommit.Mode.HEURISTIC);

    public KernelSettings {
        if (levels != 4 && levels != 5) {
            throw new IllegalArgumentException("page tables have 4 or 5 levels, not " + levels);
        }
        if (maxMapCount < 1) {
            throw new IllegalArgumentException("max_map_count " + maxMapCount);
        }
        if (swapPages < 0) {
            throw new IllegalArgumentException("swap of " + swapPages + " pages");
        }
    }

    public KernelSettings withThp(boolean enabled) {
        return new KernelSettings(levels, enabled, tlb, maxMapCount, zeroPage, swapPages, overcommit);
    }

    public KernelSettings withLevels(int depth) {
        return new KernelSettings(depth, thp, tlb, maxMapCount, zeroPage, swapPages, overcommit);
    }

    public KernelSettings withTlb(TlbSettings settings) {
        return new KernelSettings(levels, thp, settings, maxMapCount, zeroPage, swapPages, overcommit);
    }

    public KernelSettings withMaxMapCount(int count) {
        return new KernelSettings(levels, thp, tlb, count, zeroPage, swapPages, overcommit);
    }

    public KernelSettings withZeroPage(boolean enabled) {
        return new KernelSettings(levels, thp, tlb, maxMapCount, enabled, swapPages, overcommit);
    }

    public KernelSettings withSwapPages(long pages) {
        return new KernelSettings(levels, thp, tlb, maxMapCount, zeroPage, pages, overcommit);
    }

    public KernelSettings withOvercommit(Overcommit.Mode mode) {
        return new KernelSettings(levels, thp, tlb, maxMapCount, zeroPage, swapPages, mode);
    }
}
