package dev.mitosis.replication;

import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.TlbSettings;
import dev.mitosis.replication.mechanism.ReplicaAllocFailure;
import dev.mitosis.replication.mechanism.UpdateMode;

/** The machine that a script runs on. */
record Setting(
        int nodes,
        int levels,
        boolean thp,
        boolean isReplicated,
        long swapPages,
        TlbSettings tlb,
        UpdateMode updates,
        ReplicaAllocFailure fullNode) {
    /** What most scripts run on. */
    static final Setting DEFAULT = of(3, 4, false, true, 256);

    static Setting of(int nodes, int levels, boolean thp, boolean isReplicated, long swapPages) {
        return new Setting(
                nodes,
                levels,
                thp,
                isReplicated,
                swapPages,
                TlbSettings.LINUX,
                UpdateMode.BATCHED,
                ReplicaAllocFailure.RECLAIM);
    }

    Setting with(TlbSettings settings) {
        return new Setting(nodes, levels, thp, isReplicated, swapPages, settings, updates, fullNode);
    }

    Setting with(UpdateMode mode) {
        return new Setting(nodes, levels, thp, isReplicated, swapPages, tlb, mode, fullNode);
    }

    Setting with(ReplicaAllocFailure whatToDo) {
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
