package dev.mitosis.lab.experiments;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.experiments.PublishedRuns.Run;
import dev.mitosis.lab.experiments.ThinModel.Cycles;
import dev.mitosis.lab.experiments.WideGuestSimulation.Setup;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Predicts the run times of one workload on all sockets of a guest, from its simulation and its local rows alone.
 *
 * <p>As {@link WidePlacement} does it. What the program waits for of a pending cycle is what its rows of one socket with and without a guest
 * show, if they are there, and what its code says if not; and at least what the run with huge pages saves of one. Where a row has no
 * counters, its walks are the simulated share. Huge pages serve the same share with interleaving: these guests take them from any node
 * ({@code REMOTE_THP_ALLOC}).
 */
final class WideGuestModel {
    private final WideGuestSimulation simulation;
    private final MachineProfile profile;
    private final Map<String, Run> of;
    private final double exposure;
    private final MixedWideModel model;

    /** A run time, and the part of it that the program waits for walks. */
    record Prediction(double seconds, double walkSeconds) {}

    /**
     * Fits the local rows.
     *
     * @param first the row with base pages that there must be
     */
    WideGuestModel(WideGuestSimulation simulation, MachineProfile profile, Map<String, Run> of, WideGuestConfig first) {
        this.simulation = simulation;
        this.profile = profile;
        this.of = of;
        this.exposure = exposure(simulation, of, first);
        NodeReads small = simulation.reads(first.setup(false), false);
        NodeReads huge = simulation.reads(first.setup(true), false);
        Run hugeRun = of.get("T" + first.name());
        // Without counters there is nothing that says how many walks huge pages serve.
        Cycles hugeBase = hugeRun == null || !hugeRun.hasCounters() ? null : cycles(hugeRun, huge);
        model = new MixedWideModel(
                profile, simulation.traits(), small, huge, cycles(of.get(first.name()), small), hugeBase);
    }

    private static double exposure(WideGuestSimulation simulation, Map<String, Run> of, WideGuestConfig first) {
        double local = PublishedRuns.exposureSeen(of, PublishedRuns.ALONE, PublishedRuns.GUEST)
                .orElse(simulation.exposure());
        // Data comes no sooner with huge pages: what they save, the program has waited for walks.
        double least =
                PublishedRuns.exposureSeen(of, "T" + first.name(), first.name()).orElse(0);
        return Math.min(1, Math.max(simulation.leastExposure(), Math.max(local, least)));
    }

    /** What the program waits for of a pending cycle. */
    double exposure() {
        return exposure;
    }

    /** A sentence for people. */
    String parameters(String workload) {
        return model.parameters(workload);
    }

    /** The cycles of a local row, and of them what the program waits for walks. */
    private Cycles cycles(@Nullable Run run, NodeReads reads) {
        if (run == null) {
            throw new IllegalStateException("no local row");
        }
        if (run.hasCounters()) {
            return new Cycles(run.cycles(), Math.min(run.cycles(), exposure * run.pending()));
        }
        double runtime = run.seconds() * profile.frequencyMhz() * 1e6 * WideModel.threads(profile);
        return new Cycles(runtime, runtime * exposure * reads.walkShare(profile, simulation.traits()));
    }

    Prediction predict(WideGuestConfig config) {
        Cycles base = total(config.baseSetup(false), config.baseSetup(true), false, config.thp());
        Cycles all = total(config.setup(false), config.setup(true), config.hasCopies(), config.thp());
        Run known = of.get(config.base());
        double from;
        if (known != null) {
            from = known.seconds() / base.runtime();
        } else {
            Setup first = config.baseSetup(false);
            from = seconds(smallBase(config))
                    / total(first, first, false, false).runtime();
        }
        return new Prediction(from * all.runtime(), from * all.walk());
    }

    private Cycles total(Setup small, Setup huge, boolean hasCopies, boolean thp) {
        NodeReads reads = simulation.reads(small, hasCopies);
        return thp ? model.predict(reads, simulation.reads(huge, hasCopies)) : model.predict(reads);
    }

    /** What the predictor to beat says, in seconds, from the rows that ours is fitted on. */
    Cycles prior(WideGuestConfig config) {
        Cycles base = inSeconds(config.baseSetup(false), smallBase(config));
        Run hugeRun = config.thp() ? of.get(config.base()) : null;
        Cycles hugeBase = hugeRun == null ? null : inSeconds(config.baseSetup(true), hugeRun);
        return ConstantPrior.predictWide(config.hasCopies(), profile.nodes(), base, hugeBase);
    }

    private Cycles inSeconds(Setup setup, @Nullable Run run) {
        Cycles cycles = cycles(run, simulation.reads(setup, false));
        return new Cycles(seconds(run), seconds(run) * cycles.walk() / cycles.runtime());
    }

    private @Nullable Run smallBase(WideGuestConfig config) {
        return of.get(config.base().replace("T", ""));
    }

    private static double seconds(@Nullable Run run) {
        return run == null ? Double.NaN : run.seconds();
    }
}
