package dev.mitosis.lab.experiments;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.model.Cycles;
import dev.mitosis.lab.model.thin.Model;
import dev.mitosis.lab.model.thin.PageShares;
import dev.mitosis.lab.model.thin.Simulation;
import dev.mitosis.lab.published.PublishedCycles;
import dev.mitosis.lab.run.Configuration;
import dev.mitosis.lab.score.ConstantPrior;
import dev.mitosis.lab.score.Figure;
import dev.mitosis.lab.score.Figure.Row;
import dev.mitosis.lab.score.Figure.Walk;
import dev.mitosis.lab.score.Score;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.function.Function;

/**
 * Workloads on one socket under each placement of their tables and data: run times in billions of cycles.
 *
 * <p>The machine's constants are fitted on GUPS, so GUPS is not scored; of the others the local rows set parameters ({@link Model}).
 *
 * <p>Source: Mitosis (ASPLOS'20) figures 6, 10 and 11.
 */
final class ThinPlacement implements Experiment {
    private static final long ACCESSES = 6_000_000;
    private static final long QUICK_ACCESSES = 1_500_000;
    private static final String QUICK =
            "Quick: a quarter of the accesses; beside the full run no published row's error moved by more than half a point.";
    private static final double GIGA = 1e9;
    private static final Set<String> BASELINES = Set.of("LP-LD", "TLP-LD");
    private static final String CALIBRATION = "gups";
    private static final List<String> FIG6 = List.of("LP-LD", "LP-RD", "LP-RDI", "RP-LD", "RPI-LD", "RP-RD", "RPI-RDI");
    private static final List<String> FIG10 = List.of("LP-LD", "RPI-LD", "RPI-LD+M");

    private final String id;
    private final String description;
    private final String published;
    private final List<String> configurations;

    private ThinPlacement(String id, String description, String published, List<String> base) {
        this.id = id;
        this.description = description;
        this.published = published;
        List<String> all = new ArrayList<>(base);
        base.forEach(name -> all.add("T" + name));
        this.configurations = all;
    }

    /** Every placement. */
    static ThinPlacement fig6() {
        return new ThinPlacement(
                "fig6",
                "one socket: every placement of tables and data, 4 KiB and huge pages (Mitosis figure 6)",
                "thin.csv",
                FIG6);
    }

    /** Tables left behind on a busy node, and moved. */
    static ThinPlacement fig10() {
        return new ThinPlacement(
                "fig10", "one socket: tables left on a busy node, and migrated (Mitosis figure 10)", "thin.csv", FIG10);
    }

    /** The same where huge pages are hard to come by: what they serve still follows from the local row. */
    static ThinPlacement fig11() {
        return new ThinPlacement(
                "fig11", "the same with huge pages in fragmented memory (Mitosis figure 11)", "fragmented.csv", FIG10);
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
        Map<String, Map<String, Cycles>> published = PublishedCycles.read(settings.reference(), this.published);
        published.forEach((workload, of) -> {
            Simulations.find(workload);
            if (!of.containsKey("LP-LD")) {
                throw new IllegalArgumentException(
                        workload + " has no row LP-LD, and nothing can be predicted without");
            }
        });
        Map<String, Simulation> simulations = simulate(published, settings, listener);
        List<Row> rows = new ArrayList<>();
        List<Row> priors = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        Score ours = new Score();
        Score constant = new Score();
        Score speedups = new Score();
        Score priorSpeedups = new Score();
        Score unmoved = new Score();
        for (Map.Entry<String, Simulation> entry : simulations.entrySet()) {
            Map<String, Cycles> of = published.getOrDefault(entry.getKey(), Map.of());
            Cycles base = of.get("LP-LD");
            if (base == null) {
                throw new IllegalArgumentException(
                        entry.getKey() + " has no row LP-LD, and nothing can be predicted without");
            }
            Cycles hugeBase = of.get("TLP-LD");
            Model model = new Model(entry.getValue(), base, hugeBase);
            boolean isScored = !entry.getKey().equals(CALIBRATION);
            for (String name : configurations) {
                Configuration configuration = Configuration.parse(name);
                Cycles predicted = model.predict(configuration);
                Cycles known = of.get(name);
                if (known == null) {
                    rows.add(Row.alone(entry.getKey(), name, predicted.runtime() / GIGA)
                            .withWalk(new Walk(OptionalDouble.empty(), predicted.walk() / GIGA)));
                    continue;
                }
                boolean isBaseline = BASELINES.contains(name) || !isScored;
                double value = known.runtime() / GIGA;
                Row row = isBaseline
                        ? Row.baseline(entry.getKey(), name, value, predicted.runtime() / GIGA)
                        : Row.of(entry.getKey(), name, value, predicted.runtime() / GIGA);
                rows.add(row.withWalk(new Walk(OptionalDouble.of(known.walk() / GIGA), predicted.walk() / GIGA)));
                if (!isBaseline) {
                    ours.add(configuration.thp(), known, predicted, base);
                    Cycles prior = ConstantPrior.predict(configuration, base, hugeBase);
                    constant.add(configuration.thp(), known, prior, base);
                    priors.add(Row.of(entry.getKey(), name, value, prior.runtime() / GIGA));
                } else {
                    priors.add(Row.of(entry.getKey(), name, value, predicted.runtime() / GIGA));
                }
            }
            if (isScored) {
                speedups(of, model::predict, speedups);
                speedups(of, configuration -> ConstantPrior.predict(configuration, base, hugeBase), priorSpeedups);
                speedups(of, configuration -> base, unmoved);
            }
            notes.add(parameters(entry.getKey(), model));
        }
        int[] orderings = new Figure(id, "", "", priors, List.of()).orderings();
        notes.add(0, "Predicted: " + ours.text());
        if (ours.count() > 0) {
            notes.addAll(1, bars(constant, orderings, speedups, priorSpeedups, unmoved));
        }
        if (settings.isQuick()) {
            notes.add(ours.count() > 0 ? 3 : 1, QUICK);
        }
        return new Figure(id, "Placements on one socket", "billions of cycles", rows, notes);
    }

    /** What is to be beaten. */
    private static List<String> bars(
            Score constant, int[] orderings, Score speedups, Score priorSpeedups, Score unmoved) {
        return List.of(
                "With one set of constants for all workloads: " + constant.text() + "; " + orderings[0] + " of "
                        + orderings[1] + " clear orderings kept",
                String.format(
                        Locale.ROOT,
                        "Speedups of RPI-LD+M over RPI-LD, both page sizes: mean error %.1f %% of %d; with one set of constants %.1f %%;"
                                + " always answering 1: %.1f %%",
                        speedups.mean(),
                        speedups.count(),
                        priorSpeedups.mean(),
                        unmoved.mean()));
    }

    /** How far a predictor is from the speedups that moving tables back brings. */
    private static void speedups(Map<String, Cycles> of, Function<Configuration, Cycles> predictor, Score score) {
        for (String prefix : new String[] {"", "T"}) {
            Cycles left = of.get(prefix + "RPI-LD");
            Cycles moved = of.get(prefix + "RPI-LD+M");
            if (left != null && moved != null) {
                double known = left.runtime() / moved.runtime();
                double predicted =
                        predictor.apply(Configuration.parse(prefix + "RPI-LD")).runtime()
                                / predictor
                                        .apply(Configuration.parse(prefix + "RPI-LD+M"))
                                        .runtime();
                score.addPercent(100 * Math.abs(predicted / known - 1));
            }
        }
    }

    private static String parameters(String workload, Model model) {
        PageShares pages = model.pages();
        return String.format(
                Locale.ROOT,
                "%s: %.0f %% of local walk cycles are leaf reads of memory, %.0f %% of all cycles wait for data; under THP %.0f %% of the"
                        + " walk cycles are left by how it allocates; fitted: %.0f %% as with base pages, %.0f %% as it allocates, %.0f %%"
                        + " as with huge pages everywhere.",
                workload,
                100 * model.movableShare(),
                100 * model.dataShare(),
                100 * model.allocatedWalkShare(),
                100 * pages.base(),
                100 * pages.allocated(),
                100 * pages.whole());
    }

    private static Map<String, Simulation> simulate(
            Map<String, Map<String, Cycles>> published, ExperimentSettings settings, Listener listener) {
        MachineProfile profile = MachineProfile.load("4s-haswell-ex");
        Map<String, Simulation> simulations = new LinkedHashMap<>();
        for (String name : published.keySet()) {
            simulations.put(name, new Simulation(profile, Simulations.find(name)));
        }
        long accesses = settings.isQuick() ? QUICK_ACCESSES : ACCESSES;
        Simulations parts = new Simulations();
        simulations.forEach((name, simulation) -> {
            for (int part = 0; part < simulation.parts(); part++) {
                int number = part;
                parts.add(name, () -> simulation.run(number, accesses, settings.seed()));
            }
        });
        parts.run(settings.hostThreads(), listener);
        return simulations;
    }
}
