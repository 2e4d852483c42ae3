package dev.mitosis.lab.experiments;

import dev.mitosis.halsim.MachineProfile;
import dev.mitosis.lab.experiments.Figure.Row;
import dev.mitosis.lab.experiments.Figure.Walk;
import dev.mitosis.lab.experiments.PublishedRuns.Run;
import dev.mitosis.lab.experiments.ThinModel.Cycles;
import dev.mitosis.lab.experiments.WideGuestSimulation.Setup;
import dev.mitosis.lab.run.GuestView;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Workloads on all sockets of a guest, with copies of both trees and without: run times in seconds.
 *
 * <p>Fitted for each workload on its local rows alone, as {@link WidePlacement} does it; where a row has no counters, its walks are the
 * simulated share. Rows with AutoNUMA need a model of its page migration at this size; they are shown as unmodelled. Footprints are those of
 * Mitosis (ASPLOS'20), up to 480 GB, and not the larger ones of vMitosis: two trees with four copies of more fit no 8 GiB.
 *
 * <p>Source: vMitosis (ASPLOS'21) figures 4 and 5.
 */
final class WideGuestPlacement implements Experiment {
    private static final long ACCESSES = 6_000_000;
    private static final long QUICK_ACCESSES = 2_000_000;

    private static final Pattern AUTO_NUMA = Pattern.compile("^(T?F)A(M?)$");
    private static final String QUICK_LOSS =
            "Quick: 2 million accesses a run in place of 6 million; what that loses has not been measured.";

    /** A configuration: the guest, and whether there are copies. */
    private record Config(
            String name, GuestView view, boolean interleaves, boolean thp, boolean hasCopies, String base) {
        Setup setup(boolean isHuge) {
            return new Setup(view, interleaves, isHuge);
        }

        /** What its baseline ran in. */
        Setup baseSetup(boolean isHuge) {
            return new Setup(base.endsWith("OF") ? GuestView.OBLIVIOUS : GuestView.VISIBLE, false, isHuge);
        }
    }

    private final String id;
    private final String description;
    private final List<Config> configs;

    private WideGuestPlacement(String id, String description, List<Config> configs) {
        this.id = id;
        this.description = description;
        this.configs = configs;
    }

    /** A guest that sees the nodes: first touch and interleaved. */
    static WideGuestPlacement fig4() {
        List<Config> configs = new ArrayList<>();
        for (boolean thp : new boolean[] {false, true}) {
            String t = thp ? "T" : "";
            configs.add(new Config(t + "F", GuestView.VISIBLE, false, thp, false, t + "F"));
            configs.add(new Config(t + "FM", GuestView.VISIBLE, false, thp, true, t + "F"));
            configs.add(new Config(t + "I", GuestView.VISIBLE, true, thp, false, t + "F"));
            configs.add(new Config(t + "IM", GuestView.VISIBLE, true, thp, true, t + "F"));
        }
        return new WideGuestPlacement(
                "vm-fig4", "all sockets of a guest that sees them: copies of both trees (vMitosis figure 4)", configs);
    }

    /** A guest that sees one node: helped by the hypervisor, or by itself. */
    static WideGuestPlacement fig5() {
        List<Config> configs = new ArrayList<>();
        for (boolean thp : new boolean[] {false, true}) {
            String t = thp ? "T" : "";
            configs.add(new Config(t + "OF", GuestView.OBLIVIOUS, false, thp, false, t + "OF"));
            configs.add(new Config(t + "OFMP", GuestView.PARAVIRTUAL, false, thp, true, t + "OF"));
            configs.add(new Config(t + "OFMF", GuestView.FULLY_VIRTUAL, false, thp, true, t + "OF"));
        }
        return new WideGuestPlacement(
                "vm-fig5",
                "all sockets of a guest that sees one node: copies by hypercall and by first touch (vMitosis figure 5)",
                configs);
    }

    @Override
    public String id() {
        return id;
    }

    @Override
    public String description() {
        return description;
    }

    @Override
    public Figure run(ExperimentSettings settings, Listener listener) throws IOException {
        String first = configs.get(0).base();
        Map<String, Map<String, Run>> published =
                PublishedRuns.read(settings.reference(), "guest-wide.csv", name -> configs.stream()
                        .anyMatch(config -> config.name().equals(withoutAutoNuma(name))));
        published.values().removeIf(of -> !of.containsKey(first));
        if (published.isEmpty()) {
            throw new IllegalArgumentException(
                    "no workload has a row " + first + ", and nothing can be predicted without");
        }
        MachineProfile profile = MachineProfile.load("4s-cascade-lake");
        Map<String, WideGuestSimulation> simulations = simulate(published, profile, settings, listener);
        List<Row> rows = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        Score ours = new Score();
        Score constant = new Score();
        Score speedups = new Score();
        Score unmoved = new Score();
        Score constantSpeedups = new Score();
        simulations.forEach((name, simulation) -> {
            Map<String, Run> of = published.getOrDefault(name, Map.of());
            MixedWideModel model = model(simulation, profile, of);
            notes.add(model.parameters(name));
            for (Config config : configs) {
                Run known = of.get(config.name());
                Prediction predicted = predict(model, simulation, config, of);
                Walk walk = new Walk(
                        known == null
                                ? OptionalDouble.empty()
                                : OptionalDouble.of(known.walkSeconds(simulation.exposure())),
                        predicted.walkSeconds);
                if (known == null) {
                    rows.add(Row.alone(name, config.name(), predicted.seconds).withWalk(walk));
                } else if (config.name().equals(config.base())) {
                    rows.add(Row.baseline(name, config.name(), known.seconds(), predicted.seconds)
                            .withWalk(walk));
                } else {
                    rows.add(Row.of(name, config.name(), known.seconds(), predicted.seconds)
                            .withWalk(walk));
                    Cycles base = new Cycles(seconds(of, first), 0);
                    ours.add(config.thp(), new Cycles(known.seconds(), 0), new Cycles(predicted.seconds, 0), base);
                    constant.add(
                            config.thp(), new Cycles(known.seconds(), 0), prior(simulation, profile, config, of), base);
                    Run one = of.get(withoutCopies(config));
                    if (config.hasCopies() && one != null) {
                        Prediction ourOne = predict(model, simulation, without(config), of);
                        double speedup = one.seconds() / known.seconds();
                        speedups.addPercent(100 * Math.abs(ourOne.seconds / predicted.seconds - speedup));
                        unmoved.addPercent(100 * Math.abs(1 - speedup));
                        double prior =
                                prior(simulation, profile, without(config), of).runtime()
                                        / prior(simulation, profile, config, of).runtime();
                        constantSpeedups.addPercent(100 * Math.abs(prior - speedup));
                    }
                }
            }
            of.forEach((config, known) -> {
                if (!withoutAutoNuma(config).equals(config)) {
                    double unchanged = predict(model, simulation, find(withoutAutoNuma(config)), of).seconds;
                    rows.add(Row.unmodelled(name, config, known.seconds(), unchanged));
                }
            });
        });
        notes.add(0, "Predicted: " + ours.secondsText());
        notes.add(1, "With one set of constants for all workloads: " + constant.secondsText());
        notes.add(
                2,
                String.format(
                        Locale.ROOT,
                        "Speedups by copies: mean error %.1f points of %d; always answering 1: %.1f points; one set of constants: %.1f points."
                                + " Rows with AutoNUMA are not modelled. Footprints are 283 to 480 GB, not the published 380 GB to 1.4 TB.",
                        speedups.mean(),
                        speedups.count(),
                        unmoved.mean(),
                        constantSpeedups.mean()));
        if (settings.isQuick()) {
            notes.add(3, QUICK_LOSS);
        }
        return new Figure(id, "Copies of both trees on all sockets", "seconds", rows, notes);
    }

    private record Prediction(double seconds, double walkSeconds) {}

    private static String withoutCopies(Config config) {
        return config.name()
                .substring(
                        0,
                        config.name().indexOf('M') < 0
                                ? config.name().length()
                                : config.name().indexOf('M'));
    }

    /** {@code TFAM} is TFM with AutoNUMA. */
    private static String withoutAutoNuma(String name) {
        return AUTO_NUMA.matcher(name).replaceFirst("$1$2");
    }

    private Config without(Config config) {
        return find(withoutCopies(config));
    }

    private Config find(String name) {
        return configs.stream()
                .filter(other -> other.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private static double seconds(Map<String, Run> of, String name) {
        Run run = of.get(name);
        return run == null ? Double.NaN : run.seconds();
    }

    private MixedWideModel model(WideGuestSimulation simulation, MachineProfile profile, Map<String, Run> of) {
        Config first = configs.get(0);
        NodeReads small = simulation.reads(first.setup(false), false);
        NodeReads huge = simulation.reads(first.setup(true), false);
        Cycles base = cycles(simulation, profile, of.get(first.name()), small);
        Run hugeRun = of.get("T" + first.name());
        // Without counters there is nothing that says how many walks huge pages serve.
        Cycles hugeBase = hugeRun == null || !hugeRun.hasCounters() ? null : cycles(simulation, profile, hugeRun, huge);
        return new MixedWideModel(profile, simulation.traits(), small, huge, base, hugeBase);
    }

    /** The cycles of a local row, and of them what the program waits for walks. */
    private static Cycles cycles(
            WideGuestSimulation simulation, MachineProfile profile, @Nullable Run run, NodeReads reads) {
        if (run == null) {
            throw new IllegalStateException("no local row");
        }
        if (run.hasCounters()) {
            return new Cycles(run.cycles(), simulation.exposure() * run.pending());
        }
        double threads = profile.sockets() * profile.coresPerSocket() * (double) profile.threadsPerCore();
        double runtime = run.seconds() * profile.frequencyMhz() * 1e6 * threads;
        return new Cycles(runtime, runtime * simulation.exposure() * reads.walkShare(profile, simulation.traits()));
    }

    /** What the predictor to beat says, in seconds, from the rows that ours is fitted on. */
    private Cycles prior(WideGuestSimulation simulation, MachineProfile profile, Config config, Map<String, Run> of) {
        Cycles base = inSeconds(
                simulation,
                profile,
                config.baseSetup(false),
                of.get(config.base().replace("T", "")));
        Run hugeRun = config.thp() ? of.get(config.base()) : null;
        Cycles hugeBase = hugeRun == null ? null : inSeconds(simulation, profile, config.baseSetup(true), hugeRun);
        return ConstantPrior.predictWide(config.hasCopies(), profile.nodes(), base, hugeBase);
    }

    private static Cycles inSeconds(
            WideGuestSimulation simulation, MachineProfile profile, Setup setup, @Nullable Run run) {
        Cycles cycles = cycles(simulation, profile, run, simulation.reads(setup, false));
        double seconds = run == null ? Double.NaN : run.seconds();
        return new Cycles(seconds, seconds * cycles.walk() / cycles.runtime());
    }

    private static Prediction predict(
            MixedWideModel model, WideGuestSimulation simulation, Config config, Map<String, Run> of) {
        Cycles base = total(model, simulation, config.baseSetup(false), config.baseSetup(true), false, config.thp());
        Cycles all =
                total(model, simulation, config.setup(false), config.setup(true), config.hasCopies(), config.thp());
        Run known = of.get(config.base());
        Run small = of.get(config.base().replace("T", ""));
        double from;
        if (known != null) {
            from = known.seconds() / base.runtime();
        } else {
            Setup first = config.baseSetup(false);
            from = (small == null ? Double.NaN : small.seconds())
                    / total(model, simulation, first, first, false, false).runtime();
        }
        return new Prediction(from * all.runtime(), from * all.walk());
    }

    private static Cycles total(
            MixedWideModel model,
            WideGuestSimulation simulation,
            Setup small,
            Setup huge,
            boolean hasCopies,
            boolean thp) {
        NodeReads reads = simulation.reads(small, hasCopies);
        return thp
                ? model.predict(reads, simulation.reads(huge, hasCopies), small.interleaves())
                : model.predict(reads);
    }

    private Map<String, WideGuestSimulation> simulate(
            Map<String, Map<String, Run>> published,
            MachineProfile profile,
            ExperimentSettings settings,
            Listener listener) {
        Map<String, WideGuestSimulation> simulations = new LinkedHashMap<>();
        long accesses = settings.isQuick() ? QUICK_ACCESSES : ACCESSES;
        Simulations parts = new Simulations();
        published.keySet().forEach(name -> {
            WideGuestSimulation simulation = new WideGuestSimulation(profile, Simulations.find(name + "-wide", name));
            simulations.put(name, simulation);
            Map<Setup, List<Boolean>> setups = new LinkedHashMap<>();
            for (Config config : configs) {
                for (boolean isHuge : new boolean[] {false, true}) {
                    List<Boolean> copies = setups.computeIfAbsent(config.setup(isHuge), setup -> new ArrayList<>());
                    if (!copies.contains(config.hasCopies())) {
                        copies.add(config.hasCopies());
                    }
                }
            }
            setups.forEach(
                    (setup, copies) -> parts.add(name, () -> simulation.run(setup, copies, accesses, settings.seed())));
        });
        // One after the other: a guest of this size with four copies of two trees needs most of a laptop's memory.
        parts.run(1, listener);
        return simulations;
    }
}
