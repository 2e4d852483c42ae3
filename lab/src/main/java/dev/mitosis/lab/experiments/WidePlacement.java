package dev.mitosis.lab.experiments;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.model.Cycles;
import dev.mitosis.lab.model.NodeReads;
import dev.mitosis.lab.model.wide.Model;
import dev.mitosis.lab.model.wide.Simulation;
import dev.mitosis.lab.published.PublishedCycles;
import dev.mitosis.lab.run.Configuration;
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
import java.util.OptionalDouble;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Workloads on all sockets, with copies of their page tables and without: run times in billions of cycles.
 *
 * <p>Fitted for each workload, on its rows F and TF alone: what a simulated run stands for, the cycles that are neither walk nor data
 * ({@link Model}), and the share of walks that huge pages serve. Rows with AutoNUMA need a model of its page migration at this size;
 * they are shown as unmodelled.
 *
 * <p>Where data is, follows from who loads it: a program that one thread loads fills that thread's node and then the next, and so keeps
 * these busy and their links; interleaving takes that load off.
 *
 * <p>Source: Mitosis (ASPLOS'20) figure 9.
 */
final class WidePlacement implements Experiment {
    private static final long ACCESSES = 10_000_000;
    private static final long QUICK_ACCESSES = 3_000_000;
    private static final double GIGA = 1e9;
    private static final List<String> CONFIGURATIONS = List.of("F", "F+M", "I", "I+M", "TF", "TF+M", "TI", "TI+M");
    private static final Set<String> BASELINES = Set.of("F", "TF");
    private static final Pattern AUTO_NUMA = Pattern.compile("T?F-A(\\+M)?");
    private static final String QUICK_LOSS =
            "Quick: 3 million accesses a run in place of 10 million; the mean error was 6.5 % with either.";
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
        Map<String, Simulation> simulations = new LinkedHashMap<>();
        Simulations parts = new Simulations();
        long accesses = settings.isQuick() ? QUICK_ACCESSES : ACCESSES;
        published.forEach((name, of) -> {
            if (!of.containsKey("F")) {
                throw new IllegalArgumentException(name + " has no row F, and nothing can be predicted without");
            }
            Simulation simulation = new Simulation(profile, Simulations.find(name + "-wide", name));
            simulations.put(name, simulation);
            for (int part = 0; part < Simulation.parts(); part++) {
                int number = part;
                parts.add(name, () -> simulation.run(number, accesses, settings.seed()));
            }
        });
        parts.run(settings.hostThreads(), listener);
        List<Row> rows = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        Score ours = new Score();
        Score constant = new Score();
        SpeedupScore speedups = new SpeedupScore();
        simulations.forEach((name, simulation) -> {
            Map<String, Cycles> of = published.getOrDefault(name, Map.of());
            Cycles base = of.get("F");
            if (base == null) {
                return;
            }
            Model model = new Model(
                    profile,
                    simulation.traits(),
                    simulation.reads(FIRST_TOUCH, false),
                    simulation.reads(FIRST_TOUCH, true),
                    base,
                    of.get("TF"));
            notes.add(model.parameters(name));
            for (String config : CONFIGURATIONS) {
                Configuration configuration = Configuration.parse(config);
                Cycles predicted = predict(model, simulation, configuration);
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
                    constant.add(configuration.thp(), known, prior(configuration, profile, of, base), base);
                }
            }
            of.forEach((config, known) -> {
                if (AUTO_NUMA.matcher(config).matches()) {
                    Configuration still = Configuration.parse(config.replace("-A", ""));
                    double unchanged = predict(model, simulation, still).runtime() / GIGA;
                    rows.add(Row.unmodelled(name, config, known.runtime() / GIGA, unchanged));
                }
            });
            for (String config : List.of("F", "I", "TF", "TI")) {
                Cycles without = of.get(config);
                Cycles with = of.get(config + "+M");
                if (without != null && with != null) {
                    double known = without.runtime() / with.runtime();
                    double predicted = predict(model, simulation, Configuration.parse(config))
                                    .runtime()
                            / predict(model, simulation, Configuration.parse(config + "+M"))
                                    .runtime();
                    double prior = prior(Configuration.parse(config), profile, of, base)
                                    .runtime()
                            / prior(Configuration.parse(config + "+M"), profile, of, base)
                                    .runtime();
                    speedups.add(known, predicted, prior);
                }
            }
        });
        notes.add(0, "Predicted: " + ours.text());
        notes.add(1, "With one set of constants for all workloads: " + constant.text());
        notes.add(2, speedups.text() + " Rows with AutoNUMA are not modelled.");
        if (settings.isQuick()) {
            notes.add(3, QUICK_LOSS);
        }
        return new Figure(id(), "Copies of page tables on all sockets", "billions of cycles", rows, notes);
    }

    private static Cycles prior(
            Configuration configuration, MachineProfile profile, Map<String, Cycles> of, Cycles base) {
        Cycles hugeBase = configuration.thp() ? of.get("TF") : null;
        return ConstantPrior.predictWide(configuration.hasMitosis(), profile.nodes(), base, hugeBase);
    }

    private static Cycles predict(Model model, Simulation simulation, Configuration configuration) {
        NodeReads small = simulation.reads(configuration, false);
        if (!configuration.thp()) {
            return model.predict(small);
        }
        NodeReads huge = simulation.reads(configuration, true);
        return configuration.interleaves() ? model.predictServed(small, huge) : model.predict(small, huge);
    }
}
