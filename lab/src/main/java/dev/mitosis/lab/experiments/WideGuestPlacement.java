package dev.mitosis.lab.experiments;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.model.Cycles;
import dev.mitosis.lab.model.MeasuredRun;
import dev.mitosis.lab.model.wideguest.Model;
import dev.mitosis.lab.model.wideguest.Model.LocalRows;
import dev.mitosis.lab.model.wideguest.Model.Prediction;
import dev.mitosis.lab.model.wideguest.Simulation;
import dev.mitosis.lab.model.wideguest.Simulation.Setup;
import dev.mitosis.lab.model.wideguest.WideGuestConfig;
import dev.mitosis.lab.published.PublishedRuns;
import dev.mitosis.lab.run.GuestView;
import dev.mitosis.lab.score.ConstantPrior;
import dev.mitosis.lab.score.Figure;
import dev.mitosis.lab.score.Figure.Row;
import dev.mitosis.lab.score.Figure.Walk;
import dev.mitosis.lab.score.Score;
import dev.mitosis.lab.score.SpeedupScore;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Pattern;

/**
 * Workloads on all sockets of a guest, with copies of both trees and without: run times in seconds.
 *
 * <p>Rows with AutoNUMA need a model of its page migration at this size; they are shown as unmodelled. Footprints above 600 GB are
 * run at 600 GB: two trees with four copies of more fit no laptop's memory.
 *
 * <p>Source: vMitosis (ASPLOS'21) figures 4 and 5.
 */
final class WideGuestPlacement implements Experiment {
    private static final long ACCESSES = 6_000_000;
    private static final long QUICK_ACCESSES = 2_000_000;

    private static final String OWN = "guest-wide.csv";

    private static final Pattern AUTO_NUMA = Pattern.compile("^(T?F)A(M?)$");
    private static final String QUICK_LOSS =
            "Quick: 2 million accesses a run in place of 6 million, which moves predictions of XSBench by up to 9 %.";

    private final String id;
    private final String description;
    private final List<WideGuestConfig> configs;

    private WideGuestPlacement(String id, String description, List<WideGuestConfig> configs) {
        this.id = id;
        this.description = description;
        this.configs = configs;
    }

    /** A guest that sees the nodes: first touch and interleaved. */
    static WideGuestPlacement fig4() {
        List<WideGuestConfig> configs = new ArrayList<>();
        for (boolean thp : new boolean[] {false, true}) {
            String t = thp ? "T" : "";
            configs.add(new WideGuestConfig(t + "F", GuestView.VISIBLE, false, thp, false, t + "F"));
            configs.add(new WideGuestConfig(t + "FM", GuestView.VISIBLE, false, thp, true, t + "F"));
            configs.add(new WideGuestConfig(t + "I", GuestView.VISIBLE, true, thp, false, t + "F"));
            configs.add(new WideGuestConfig(t + "IM", GuestView.VISIBLE, true, thp, true, t + "F"));
        }
        return new WideGuestPlacement(
                "vm-fig4", "all sockets of a guest that sees them: copies of both trees (vMitosis figure 4)", configs);
    }

    /** A guest that sees one node: helped by the hypervisor, or by itself. */
    static WideGuestPlacement fig5() {
        List<WideGuestConfig> configs = new ArrayList<>();
        for (boolean thp : new boolean[] {false, true}) {
            String t = thp ? "T" : "";
            configs.add(new WideGuestConfig(t + "OF", GuestView.OBLIVIOUS, false, thp, false, t + "OF"));
            configs.add(new WideGuestConfig(t + "OFMP", GuestView.PARAVIRTUAL, false, thp, true, t + "OF"));
            configs.add(new WideGuestConfig(t + "OFMF", GuestView.FULLY_VIRTUAL, false, thp, true, t + "OF"));
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
        Map<String, Map<String, MeasuredRun>> published = PublishedRuns.read(settings.reference(), OWN, this::isWanted);
        PublishedRuns.addLocalRows(published, PublishedRuns.read(Optional.empty(), OWN, this::isWanted));
        published.values().removeIf(of -> !of.containsKey(first));
        if (published.isEmpty()) {
            throw new IllegalArgumentException(
                    "no workload has a row " + first + ", and nothing can be predicted without");
        }
        MachineProfile profile = MachineProfile.load("4s-cascade-lake");
        Map<String, Simulation> simulations = simulate(published, profile, settings, listener);
        List<Row> rows = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        Score ours = new Score();
        Score constant = new Score();
        SpeedupScore speedups = new SpeedupScore();
        simulations.forEach((name, simulation) -> {
            Map<String, MeasuredRun> of = published.getOrDefault(name, Map.of());
            Model model = new Model(simulation, profile, of, configs.get(0));
            notes.add(model.parameters(name));
            for (WideGuestConfig config : configs) {
                MeasuredRun known = of.get(config.name());
                Prediction predicted = model.predict(config);
                Walk walk = new Walk(
                        known == null ? OptionalDouble.empty() : OptionalDouble.of(known.walkSeconds(model.exposure())),
                        predicted.walkSeconds());
                if (known == null) {
                    rows.add(Row.alone(name, config.name(), predicted.seconds()).withWalk(walk));
                } else if (config.isBase()) {
                    rows.add(Row.baseline(name, config.name(), known.seconds(), predicted.seconds())
                            .withWalk(walk));
                } else {
                    rows.add(Row.of(name, config.name(), known.seconds(), predicted.seconds())
                            .withWalk(walk));
                    Cycles measured = new Cycles(known.seconds(), 0);
                    Cycles base = new Cycles(seconds(of, first), 0);
                    ours.add(config.thp(), measured, new Cycles(predicted.seconds(), 0), base);
                    constant.add(config.thp(), measured, prior(model, profile.nodes(), config), base);
                    MeasuredRun one = of.get(config.withoutCopies());
                    if (config.hasCopies() && one != null) {
                        WideGuestConfig without = find(config.withoutCopies());
                        double speedup = one.seconds() / known.seconds();
                        double prior = prior(model, profile.nodes(), without).runtime()
                                / prior(model, profile.nodes(), config).runtime();
                        speedups.add(speedup, model.predict(without).seconds() / predicted.seconds(), prior);
                    }
                }
            }
            of.forEach((config, known) -> {
                if (!withoutAutoNuma(config).equals(config)) {
                    double unchanged =
                            model.predict(find(withoutAutoNuma(config))).seconds();
                    rows.add(Row.unmodelled(name, config, known.seconds(), unchanged));
                }
            });
        });
        notes.add(0, "Predicted: " + ours.secondsText());
        notes.add(1, "With one set of constants for all workloads: " + constant.secondsText());
        notes.add(
                2,
                speedups.text()
                        + " Rows with AutoNUMA are not modelled. Footprints above 600 GB (Graph500, Memcached, XSBench: 1.3 to 1.4 TB) are run at 600 GB.");
        if (settings.isQuick()) {
            notes.add(3, QUICK_LOSS);
        }
        return new Figure(id, "Copies of both trees on all sockets", "seconds", rows, notes);
    }

    private static Cycles prior(Model model, int nodes, WideGuestConfig config) {
        LocalRows rows = model.localRows(config);
        return ConstantPrior.predictWide(config.hasCopies(), nodes, rows.base(), rows.hugeBase());
    }

    private boolean isWanted(String config) {
        return config.equals(MeasuredRun.GUEST)
                || config.equals(MeasuredRun.ALONE)
                || configs.stream().anyMatch(own -> own.name().equals(withoutAutoNuma(config)));
    }

    private static double seconds(Map<String, MeasuredRun> of, String name) {
        MeasuredRun run = of.get(name);
        return run == null ? Double.NaN : run.seconds();
    }

    /** {@code TFAM} is TFM with AutoNUMA. */
    private static String withoutAutoNuma(String name) {
        return AUTO_NUMA.matcher(name).replaceFirst("$1$2");
    }

    private WideGuestConfig find(String name) {
        return configs.stream()
                .filter(other -> other.name().equals(name))
                .findFirst()
                .orElseThrow();
    }

    private Map<String, Simulation> simulate(
            Map<String, Map<String, MeasuredRun>> published,
            MachineProfile profile,
            ExperimentSettings settings,
            Listener listener) {
        Map<String, Simulation> simulations = new LinkedHashMap<>();
        long accesses = settings.isQuick() ? QUICK_ACCESSES : ACCESSES;
        Simulations parts = new Simulations();
        published.keySet().forEach(name -> {
            Simulation simulation = new Simulation(profile, Simulations.onAllSocketsOfGuest(name));
            simulations.put(name, simulation);
            Map<Setup, List<Boolean>> setups = new LinkedHashMap<>();
            for (WideGuestConfig config : configs) {
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
