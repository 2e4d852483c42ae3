package dev.mitosis.replication;

import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.TlbSettings;

/** The machine that a script runs on. */
record Setting(
        int nodes,
        int levels,
        boolean thp,
        boolean isReplicated,
        long swapPages,
        TlbSettings tlb,
        UpdateMode updates,
        FullNode fullNode) {
    /** What most scripts run on. */
    static final Setting DEFAULT = of(3, 4, false, true, 256);

    static Setting of(int nodes, int levels, boolean thp, boolean isReplicated, long swapPages) {
        return new Setting(
                nodes, levels, thp, isReplicated, swapPages, TlbSettings.LINUX, UpdateMode.BATCHED, FullNode.RECLAIM);
    }

    Setting with(TlbSettings settings) {
        return new Setting(nodes, levels, thp, isReplicated, swapPages, settings, updates, fullNode);
    }

    Setting with(UpdateMode mode) {
        return new Setting(nodes, levels, thp, isReplicated, swapPages, tlb, mode, fullNode);
    }

    Setting with(FullNode whatToDo) {
        return new Setting(nodes, levels, thp, isReplicated, swapPages, tlb, updates, whatToDo);
    }

    KernelSettings kernel() {
        return KernelSettings.DEFAULT
                .withLevels(levels)
                .withThp(thp)
                .withSwapPages(swapPages)
                .withTlb(tlb);
    }

    /** Enough for three processes with everything mapped and copied. */
    long framesPerNode() {
        return thp ? 1 << 14 : 4096;
    }
}
