package dev.mitosis.replication;

import dev.mitosis.mm.KernelSettings;

/** The machine that a script runs on. */
record Setting(int nodes, int levels, boolean thp, boolean isReplicated, long swapPages) {
    /** What most scripts run on. */
    static final Setting DEFAULT = new Setting(3, 4, false, true, 256);

    KernelSettings kernel() {
        return KernelSettings.DEFAULT.withLevels(levels).withThp(thp).withSwapPages(swapPages);
    }

    /** Enough for three processes with everything mapped and copied. */
    long framesPerNode() {
        return thp ? 1 << 14 : 4096;
    }
}
