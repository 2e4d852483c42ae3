package dev.mitosis.lab.experiments;

import dev.mitosis.halsim.CostModel;
import dev.mitosis.halsim.MachineProfile;
import dev.mitosis.halsim.WorkloadTraits;
import dev.mitosis.lab.experiments.NodeReads.Loaded;
import dev.mitosis.lab.experiments.ThinModel.Cycles;
import java.util.function.DoubleUnaryOperator;

/**
 * Predicts the cycles of a wide workload from a baseline row and what its simulation read from where.
 *
 * <pre>
 *   N      what a simulated run stands for: N walks(loads of the baseline) = published walks of the baseline
 *   rest   cycles of the baseline that are neither walk nor data: of these
 *            compute   N instructions, on cores that all their hardware threads share
 *            queue     what nothing else explains: waiting at the busiest memory
 *   T(c)   = compute + queue lines(c) / lines(baseline) + N walk(c) + N data(c)
 *            lines     of data that the busiest memory is asked for
 * </pre>
 *
 * <p>Latencies follow from what the run asks for in its time: the time is where both sides agree.
 *
 * <p>Source: the accounting of {@link CostModel}; the load curve of {@link Loaded}.
 */
final class WideModel {
    /** Of a run time at the most that is waiting for data, so that no baseline leaves nothing for the rest. */
    private static final double MOST_DATA = 0.95;

    private static final int BISECTIONS = 60;

    private final MachineProfile profile;
    private final WorkloadTraits traits;
    private final double scale;
    private final double dataShareKept;
    private final double compute;
    private final double queue;
    private final double baseLines;
    private final double baseRuntime;
    private final double load;

    /** Fits the baseline. */
    WideModel(MachineProfile profile, WorkloadTraits traits, NodeReads reads, Cycles base) {
        this(profile, traits, reads, base, fitted(profile, reads, base));
    }

    /** The same where what a run stands for is known from another baseline. */
    WideModel(MachineProfile profile, WorkloadTraits traits, NodeReads reads, Cycles base, double scale) {
        this.profile = profile;
        this.traits = traits;
        this.scale = scale;
        Loaded loaded = reads.under(profile, scale, wall(profile, base.runtime()));
        this.load = loaded.mostLoad();
        double data = scale * loaded.dataCycles() / traits.memoryParallelism();
        double most = traits.overlapsWalks()
                ? CostModel.without(base.runtime(), base.walk())
                : MOST_DATA * (base.runtime() - base.walk());
        dataShareKept = data > most ? most / data : 1;
        double kept = Math.min(data, most);
        double rest = traits.overlapsWalks()
                ? Math.max(0, CostModel.without(base.runtime(), kept) - base.walk())
                : base.runtime() - base.walk() - kept;
        compute = Math.min(rest, scale * reads.instructions() * traits.baseCpi() * profile.threadsPerCore());
        queue = rest - compute;
        baseLines = reads.busiest();
        baseRuntime = base.runtime();
    }

    private static double fitted(MachineProfile profile, NodeReads reads, Cycles base) {
        double wall = wall(profile, base.runtime());
        double unloaded = base.walk() / reads.under(profile, 0, wall).walkCycles();
        return root(n -> n * reads.under(profile, n, wall).walkCycles() - base.walk(), 0, unloaded);
    }

    /** Cycles of the machine's clock in cycles of all its threads. */
    static double wall(MachineProfile profile, double cycles) {
        return cycles / (profile.sockets() * profile.coresPerSocket() * profile.threadsPerCore());
    }

    double scale() {
        return scale;
    }

    /** How full the fullest memory or way is in the baseline. */
    double load() {
        return load;
    }

    /** The share of the baseline that waits at the busiest memory. */
    double queueShare() {
        return queue / baseRuntime;
    }

    /** The cycles of the same work with these reads. */
    Cycles predict(NodeReads reads) {
        double unloaded = total(reads, Double.MAX_VALUE).runtime();
        double most = unloaded;
        while (total(reads, most).runtime() > most) {
            most *= 2;
        }
        double runtime = root(time -> time - total(reads, time).runtime(), unloaded, most);
        return total(reads, runtime);
    }

    /** The cycles it takes when the loads are those of a run of so many. */
    private Cycles total(NodeReads reads, double runtime) {
        Loaded loaded = reads.under(profile, scale, wall(profile, runtime));
        double walk = scale * loaded.walkCycles();
        double data = dataShareKept * scale * loaded.dataCycles() / traits.memoryParallelism();
        double rest = compute + queue * reads.busiest() / baseLines;
        double all = traits.overlapsWalks() ? CostModel.overlapped(rest + walk, data) : rest + walk + data;
        return new Cycles(all, walk);
    }

    /** Where a growing function is zero. */
    static double root(DoubleUnaryOperator growing, double from, double to) {
        double low = from;
        double high = to;
        for (int i = 0; i < BISECTIONS; i++) {
            double middle = (low + high) / 2;
            if (growing.applyAsDouble(middle) > 0) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return (low + high) / 2;
    }
}
