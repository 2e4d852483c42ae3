package dev.mitosis.lab.experiments;

import dev.mitosis.halsim.CostModel;
import dev.mitosis.lab.run.Configuration;
import org.jspecify.annotations.Nullable;

/**
 * Predicts the cycles of a thin workload in any configuration, from its simulation and its baseline rows alone.
 *
 * <p>The fit, the same for all workloads:
 *
 * <pre>
 *   N      what one simulated run stands for       published walks of LP-LD / simulated walks of LP-LD
 *   c      cycles that are neither walk nor data   what is left of the run time of LP-LD
 *   phi    share of the walks that huge pages serve, from the published walks of TLP-LD:
 *          walk(T) = (1 - phi) walk(4 KiB) + phi walk(2 MiB)
 *   c(T)   what is left of the run time of TLP-LD
 * </pre>
 *
 * <p>What a program asks of a node's memory makes it answer later: by 1 / (1 - load), the load being the bytes over what the way
 * carries, and those of others where the node is busy (a busy node's factor is that of their load alone).
 *
 * <p>Everything else is a ratio of simulated cycles: which reads of page tables and of data went to memory, and to which node.
 *
 * <p>Source: the forms are those of {@link CostModel}.
 */
final class ThinModel {
    /** Of a run time at the most that is waiting for data, so that no baseline leaves nothing for the rest. */
    private static final double MOST_DATA = 0.95;
    /** A way to memory is never fuller than this: the requests of the cores are bounded. */
    private static final double MOST_LOAD = 0.9;

    private static final int ROUNDS = 30;

    private static final Configuration LOCAL = Configuration.parse("LP-LD");

    private final ThinSimulation simulation;
    private final Cycles base;
    private final @Nullable Cycles hugeBase;
    private final double scale;
    private final double hugeShare;

    /** Run time and the part of it that is walks. */
    record Cycles(double runtime, double walk) {}

    ThinModel(ThinSimulation simulation, Cycles base, @Nullable Cycles hugeBase) {
        this.simulation = simulation;
        this.base = base;
        this.hugeBase = hugeBase;
        this.scale = base.walk / simulation.walkCycles(LOCAL, false);
        this.hugeShare = hugeBase == null ? 1 : share(hugeBase);
    }

    private double share(Cycles huge) {
        double all = simulation.walkCycles(LOCAL, true) / simulation.walkCycles(LOCAL, false);
        return Math.max(0, Math.min(1, (1 - huge.walk / base.walk) / (1 - all)));
    }

    /** The share of the walks that huge pages serve under THP. */
    double hugeShare() {
        return hugeShare;
    }

    /** The share of LP-LD's walk cycles that are reads of leaf tables in memory: what a placement can change. */
    double movableShare() {
        double remote = simulation.walkCycles(Configuration.parse("RP-LD"), false);
        double local = simulation.walkCycles(LOCAL, false);
        return (remote / local - 1) / (simulation.remoteRatio() - 1);
    }

    /** The share of LP-LD's cycles that wait for data. */
    double dataShare() {
        return data(false) / base.runtime;
    }

    /**
     * Cycles of a configuration. The time that the program takes sets how busy it keeps its memory, and that sets how long it takes: a
     * fixed point, which a few rounds reach.
     */
    Cycles predict(Configuration configuration) {
        boolean isHuge = configuration.thp() && hugeBase != null;
        Cycles from = isHuge && hugeBase != null ? hugeBase : base;
        double walk = from.walk * walkSum(configuration, isHuge) / walkSum(LOCAL, isHuge);
        double localData = data(isHuge);
        double unloaded = localData
                * simulation.dataCycles(configuration, isHuge)
                / simulation.dataCycles(LOCAL, isHuge)
                / queueing(LOCAL, isHuge, from.runtime);
        double runtime = from.runtime;
        for (int round = 0; round < ROUNDS; round++) {
            double data = unloaded * queueing(configuration, isHuge, runtime);
            runtime = total(from, localData, walk, data);
        }
        return new Cycles(runtime, walk);
    }

    private double total(Cycles from, double localData, double walk, double data) {
        if (!simulation.traits().overlapsWalks()) {
            return from.runtime - from.walk - localData + walk + data;
        }
        double rest = CostModel.without(from.runtime, localData) - from.walk;
        return CostModel.overlapped(Math.max(0, rest) + walk, data);
    }

    /** How much longer memory takes to answer because of the program's own requests, on top of those of others. */
    private double queueing(Configuration configuration, boolean isHuge, double runtime) {
        double others = configuration.contendsData() ? simulation.othersLoad() : 0;
        double own = scale * simulation.loadCycles(configuration, isHuge) / runtime;
        return (1 - others) / (1 - Math.min(others + own, MOST_LOAD));
    }

    /** Walk cycles in the mixture of page sizes. */
    private double walkSum(Configuration configuration, boolean isHuge) {
        double small = simulation.walkCycles(configuration, false);
        return isHuge ? (1 - hugeShare) * small + hugeShare * simulation.walkCycles(configuration, true) : small;
    }

    /** Cycles of a baseline that wait for data: huge pages change them as far as they change what the caches hold. */
    private double data(boolean isHuge) {
        double small = Math.min(scale * simulation.dataCycles(LOCAL, false), most(base));
        if (!isHuge || hugeBase == null) {
            return small;
        }
        double huge = small * simulation.dataCycles(LOCAL, true) / simulation.dataCycles(LOCAL, false);
        return Math.min(huge, most(hugeBase));
    }

    private double most(Cycles from) {
        return simulation.traits().overlapsWalks()
                ? CostModel.without(from.runtime, from.walk)
                : MOST_DATA * (from.runtime - from.walk);
    }
}
