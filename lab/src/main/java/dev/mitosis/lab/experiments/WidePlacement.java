package dev.mitosis.lab.experiments;

import dev.mitosis.halsim.CostModel;
import dev.mitosis.halsim.MachineProfile;
import dev.mitosis.lab.experiments.Figure.Row;
import dev.mitosis.lab.experiments.Figure.Walk;
import dev.mitosis.lab.experiments.ThinModel.Cycles;
import dev.mitosis.lab.run.Configuration;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Workloads on all sockets, with copies of their page tables and without: run times in billions of cycles.
 *
 * <p>Fitted for each workload, on its rows F and TF alone: what a simulated run stands for, the cycles that are neither walk nor data, and
 * the share of walks that huge pages serve, as {@link ThinModel} does it. Rows with AutoNUMA need a model of its page migration at this
 * size; they are left out.
 *
 * <p>Not modelled: that data of a program whose loaders ran on some nodes only is on those, so that interleaving it takes load off them
 * (HashJoin's I rows): every thread first touches its share here.
 *
 * <p>Source: Mitosis (ASPLOS'20) figure 9.
 */
final class WidePlacement implements Experiment {
    private static final long ACCESSES = 10_000_000;
    private static final long QUICK_ACCESSES = 3_000_000;
    private static final double GIGA = 1e9;
    private static final double MOST_DATA = 0.95;
    private static final List<String> CONFIGURATIONS = List.of("F", "F+M", "I", "I+M", "TF", "TF+M", "TI", "TI+M");
    private static final Set<String> BASELINES = Set.of("F", "TF");
    private static final Configuration FIRST_TOUCH = Configuration.parse("F");

    @Override
    public String id() {
        return "fig9";
    }

    @Override
    public String description() {
        return "all sockets: first touch and interleaved, with copies and without (Mitosis figure 9)";
    }

    @Override
    public Figure run(ExperimentSettings settings, Listener listener) throws IOException {
        Map<String, Map<String, Cycles>> published = PublishedCycles.read(settings.reference(), "wide.csv");
        MachineProfile profile = MachineProfile.load("4s-haswell-ex");
        Map<String, WideSimulation> simulations = new LinkedHashMap<>();
        Simulations parts = new Simulations();
        long accesses = settings.isQuick() ? QUICK_ACCESSES : ACCESSES;
        published.forEach((name, of) -> {
            if (!of.containsKey("F")) {
                throw new IllegalArgumentException(name + " has no row F, and nothing can be predicted without");
            }
            WideSimulation simulation = new WideSimulation(profile, Simulations.find(name + "-wide", name));
            simulations.put(name, simulation);
            for (int part = 0; part < WideSimulation.parts(); part++) {
                int number = part;
                parts.add(name, () -> simulation.run(number, accesses, settings.seed()));
            }
        });
        parts.run(settings.hostThreads(), listener);
        List<Row> rows = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        Score ours = new Score();
        Score speedups = new Score();
        Score unmoved = new Score();
        simulations.forEach((name, simulation) -> {
            Map<String, Cycles> of = published.getOrDefault(name, Map.of());
            Cycles base = of.get("F");
            if (base == null) {
                return;
            }
            Model model = new Model(simulation, base, of.get("TF"));
            for (String config : CONFIGURATIONS) {
                Configuration configuration = Configuration.parse(config);
                Cycles predicted = model.predict(configuration);
                Cycles known = of.get(config);
                double value = predicted.runtime() / GIGA;
                Walk walk = new Walk(
                        known == null ? OptionalDouble.empty() : OptionalDouble.of(known.walk() / GIGA),
                        predicted.walk() / GIGA);
                if (known == null) {
                    rows.add(Row.alone(name, config, value).withWalk(walk));
                } else if (BASELINES.contains(config)) {
                    rows.add(Row.baseline(name, config, known.runtime() / GIGA, value)
                            .withWalk(walk));
                } else {
                    rows.add(Row.of(name, config, known.runtime() / GIGA, value).withWalk(walk));
                    ours.add(configuration.thp(), known, predicted, base);
                }
            }
            for (String config : List.of("F", "I", "TF", "TI")) {
                Cycles without = of.get(config);
                Cycles with = of.get(config + "+M");
                if (without != null && with != null) {
                    double known = without.runtime() / with.runtime();
                    double predicted = model.predict(Configuration.parse(config))
                                    .runtime()
                            / model.predict(Configuration.parse(config + "+M")).runtime();
                    speedups.addPercent(100 * Math.abs(predicted - known));
                    unmoved.addPercent(100 * Math.abs(1 - known));
                }
            }
        });
        notes.add("Predicted: " + ours.text());
        notes.add(String.format(
                Locale.ROOT,
                "Speedups by copies: mean error %.1f points of %d; always answering 1: %.1f points. Rows with AutoNUMA are not modelled.",
                speedups.mean(),
                speedups.count(),
                unmoved.mean()));
        return new Figure(id(), "Copies of page tables on all sockets", "billions of cycles", rows, notes);
    }

    /** One workload's baselines and what they scale. */
    private static final class Model {
        private final WideSimulation simulation;
        private final Cycles base;
        private final @Nullable Cycles hugeBase;
        private final double scale;
        private final double hugeShare;

        Model(WideSimulation simulation, Cycles base, @Nullable Cycles hugeBase) {
            this.simulation = simulation;
            this.base = base;
            this.hugeBase = hugeBase;
            this.scale = base.walk() / simulation.walkCycles(FIRST_TOUCH, false);
            double all = simulation.walkCycles(FIRST_TOUCH, true) / simulation.walkCycles(FIRST_TOUCH, false);
            double served = hugeBase == null ? 1 : (1 - hugeBase.walk() / base.walk()) / (1 - all);
            this.hugeShare = Math.max(0, Math.min(1, served));
        }

        Cycles predict(Configuration configuration) {
            boolean isHuge = configuration.thp() && hugeBase != null;
            Cycles from = isHuge && hugeBase != null ? hugeBase : base;
            // A first touch takes a huge page of its own node or none; interleaving finds one on each node in turn.
            double share = configuration.interleaves() ? 1 : hugeShare;
            double walk = from.walk() * walkSum(configuration, isHuge, share) / walkSum(FIRST_TOUCH, isHuge, hugeShare);
            double localData = Math.min(
                    scale * simulation.dataCycles(FIRST_TOUCH, isHuge),
                    simulation.overlapsWalks()
                            ? CostModel.without(from.runtime(), from.walk())
                            : MOST_DATA * (from.runtime() - from.walk()));
            double data = localData
                    * simulation.dataCycles(configuration, isHuge)
                    / simulation.dataCycles(FIRST_TOUCH, isHuge);
            if (!simulation.overlapsWalks()) {
                return new Cycles(from.runtime() - from.walk() - localData + walk + data, walk);
            }
            double rest = CostModel.without(from.runtime(), localData) - from.walk();
            return new Cycles(CostModel.overlapped(Math.max(0, rest) + walk, data), walk);
        }

        private double walkSum(Configuration configuration, boolean isHuge, double share) {
            double small = simulation.walkCycles(configuration, false);
            return isHuge ? (1 - share) * small + share * simulation.walkCycles(configuration, true) : small;
        }
    }
}
