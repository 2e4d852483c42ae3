package dev.mitosis.lab.run;

import dev.mitosis.halsim.cost.Pmu;

/** Sorts walk reads by what the papers ask: answered by a cache, by the processor's own node, or by another one. */
public final class WalkReadKinds {
    public static final int LOCAL = 0;
    public static final int REMOTE = 1;
    public static final int CACHED = 2;

    private WalkReadKinds() {}

    /** Adds the reads of processors of a node to {@code kinds[level][kind]}. */
    public static void add(long[][] kinds, int cpuNode, Pmu counts) {
        for (int level = 1; level < Pmu.LEVELS; level++) {
            for (int source = 0; source < counts.sources(); source++) {
                int kind = source < Pmu.MEMORY ? CACHED : source - Pmu.MEMORY == cpuNode ? LOCAL : REMOTE;
                kinds[level][kind] += counts.walkReads(level, source);
            }
        }
    }
}
