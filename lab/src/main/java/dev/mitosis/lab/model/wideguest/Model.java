package dev.mitosis.lab.model.wideguest;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.model.Cycles;
import dev.mitosis.lab.model.MeasuredRun;
import dev.mitosis.lab.model.NodeReads;
import dev.mitosis.lab.model.QueueingModel;
import dev.mitosis.lab.model.wideguest.Simulation.Setup;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Predicts the run times of one workload on all sockets of a guest, from its simulation and its local rows alone.
 *
 * <p>As {@link dev.mitosis.lab.model.wide.Model} does it. What the program waits for of a pending cycle is what its rows of one socket with and without a guest
 * show, if they are there, and what its code says if not; and at least what the run with huge pages saves of one. Where a row has no
 * counters, its walks are the simulated share. Huge pages serve the same share with interleaving: these guests take them from any node
 * ({@code REMOTE_THP_ALLOC}).
 */
public final class Model {
    private final Simulation simulation;
    private final MachineProfile profile;
    private final Map<String, MeasuredRun> of;
    private final double exposure;
    /** The same memory system, as a program without a guest sees it. */
    private final dev.mitosis.lab.model.wide.Model model;

    /** A run time, and the part of it that the program waits for walks. */
    public record Prediction(double seconds, double walkSeconds) {}

    /**
     * The local rows of a configuration.
     *
     * @param base with base pages
     * @param hugeBase with huge pages, where the configuration has them and the row is known
     */
    public record LocalRows(Cycles base, @Nullable Cycles hugeBase) {}

    /**
     * Fits the local rows.
     *
     * @param first the row with base pages that there must be
     */
    public Model(Simulation simulation, MachineProfile profile, Map<String, MeasuredRun> of, WideGuestConfig first) {
        this.simulation = simulation;
        this.profile = profile;
        this.of = of;
        this.exposure = exposure(simulation, of, first);
        NodeReads small = simulation.reads(first.setup(false), false);
        NodeReads huge = simulation.reads(first.setup(true), false);
        MeasuredRun hugeRun = of.get("T" + first.name());
        // Without counters there is nothing that says how many walks huge pages serve.
        Cycles hugeBase = hugeRun == null || !hugeRun.hasCounters() ? null : cycles(hugeRun, huge);
        model = new dev.mitosis.lab.model.wide.Model(
                profile, simulation.traits(), small, huge, cycles(of.get(first.name()), small), hugeBase);
    }

    private static double exposure(Simulation simulation, Map<String, MeasuredRun> of, WideGuestConfig first) {
        double local = MeasuredRun.exposureSeen(of, MeasuredRun.ALONE, MeasuredRun.GUEST)
                .orElse(simulation.exposure());
        // Data comes no sooner with huge pages: what they save, the program has waited for walks.
        double least =
                MeasuredRun.exposureSeen(of, "T" + first.name(), first.name()).orElse(0);
        return Math.min(1, Math.max(simulation.leastExposure(), Math.max(local, least)));
    }

    /** What the program waits for of a pending cycle. */
    public double exposure() {
        return exposure;
    }

    /** A sentence for people. */
    public String parameters(String workload) {
        return model.parameters(workload);
    }

    /** The cycles of a local row, and of them what the program waits for walks. */
    private Cycles cycles(@Nullable MeasuredRun run, NodeReads reads) {
        if (run == null) {
            throw new IllegalStateException("no local row");
        }
        if (run.hasCounters()) {
            return new Cycles(run.cycles(), Math.min(run.cycles(), exposure * run.pending()));
        }
        double runtime = run.seconds() * profile.frequencyMhz() * 1e6 * QueueingModel.threads(profile);
        return new Cycles(runtime, runtime * exposure * reads.walkShare(profile, simulation.traits()));
    }

    public Prediction predict(WideGuestConfig config) {
        Cycles base = total(config.baseSetup(false), config.baseSetup(true), false, config.thp());
        Cycles all = total(config.setup(false), config.setup(true), config.hasCopies(), config.thp());
        MeasuredRun known = of.get(config.base());
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

    /** The local rows of a configuration, in seconds: what a predictor to compare with may start from. */
    public LocalRows localRows(WideGuestConfig config) {
        Cycles base = inSeconds(config.baseSetup(false), smallBase(config));
        MeasuredRun hugeRun = config.thp() ? of.get(config.base()) : null;
        Cycles hugeBase = hugeRun == null ? null : inSeconds(config.baseSetup(true), hugeRun);
        return new LocalRows(base, hugeBase);
    }

    private Cycles inSeconds(Setup setup, @Nullable MeasuredRun run) {
        Cycles cycles = cycles(run, simulation.reads(setup, false));
        return new Cycles(seconds(run), seconds(run) * cycles.walk() / cycles.runtime());
    }

    private @Nullable MeasuredRun smallBase(WideGuestConfig config) {
        return of.get(config.base().replace("T", ""));
    }

    private static double seconds(@Nullable MeasuredRun run) {
        return run == null ? Double.NaN : run.seconds();
    }
}
