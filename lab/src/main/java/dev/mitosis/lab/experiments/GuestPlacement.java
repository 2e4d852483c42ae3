package dev.mitosis.lab.experiments;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.model.Cycles;
import dev.mitosis.lab.model.MeasuredRun;
import dev.mitosis.lab.model.guest.Model;
import dev.mitosis.lab.model.guest.Model.Prediction;
import dev.mitosis.lab.model.guest.PageMixture;
import dev.mitosis.lab.model.guest.Simulation;
import dev.mitosis.lab.published.PublishedRuns;
import dev.mitosis.lab.run.GuestConfiguration;
import dev.mitosis.lab.score.Figure;
import dev.mitosis.lab.score.Figure.Row;
import dev.mitosis.lab.score.Figure.Walk;
import dev.mitosis.lab.score.GuestClaims;
import dev.mitosis.lab.score.Score;
import dev.mitosis.workloads.synthetic.Workload;
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
 * Workloads on one socket of a guest, under each placement of its two trees: run times in seconds.
 *
 * <p>The machine's constants are fitted on GUPS, so GUPS is not scored; of the others the local rows set parameters ({@link Model}).
 *
 * <p>Source: vMitosis (ASPLOS'21) figures 1 and 3.
 */
final class GuestPlacement implements Experiment {
    private static final long ACCESSES = 4_000_000;
    private static final long QUICK_ACCESSES = 1_000_000;
    private static final Set<String> BASELINES = Set.of("LL", "TLL", "TFLL", "L", "TL");
    private static final String CALIBRATION = "gups";
    private static final List<String> SUFFIXES = List.of("-large", "-single", "-thin", "");
    private static final List<String> FIG1 =
            List.of("L", "R", "RI", "RIM", "LL", "LR", "RL", "RR", "LRI", "RLI", "RRI");
    private static final List<String> FIG1_HUGE =
            List.of("TL", "TR", "TRI", "TRIM", "TLL", "TLR", "TRL", "TRR", "TLRI", "TRLI", "TRRI");
    private static final List<String> FIG3 = List.of(
            "LL", "RRI", "RRIE", "RRIG", "RRIM", "TLL", "TRRI", "TRRIE", "TRRIG", "TRRIM", "TFLL", "TFRRI", "TFRRIE",
            "TFRRIG", "TFRRIM");

    private final String id;
    private final String description;
    private final List<String> configurations;

    private GuestPlacement(String id, String description, List<String> configurations) {
        this.id = id;
        this.description = description;
        this.configurations = configurations;
    }

    /** Every placement. */
    static GuestPlacement fig1() {
        List<String> all = new ArrayList<>(FIG1);
        all.addAll(FIG1_HUGE);
        return new GuestPlacement(
                "vm-fig1", "one socket of a guest: every placement of its two trees (vMitosis figure 1)", all);
    }

    /** Trees left behind on a busy node; one of them moved, or both. */
    static GuestPlacement fig3() {
        return new GuestPlacement(
                "vm-fig3",
                "one socket of a guest: trees left on a busy node, one moved, both (vMitosis figure 3)",
                FIG3);
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
        Map<String, Map<String, MeasuredRun>> published =
                PublishedRuns.read(settings.reference(), "guest-thin.csv", GuestConfiguration::matches);
        published.forEach((workload, of) -> {
            find(workload);
            if (!of.containsKey("LL")) {
                throw new IllegalArgumentException(workload + " has no row LL, and nothing can be predicted without");
            }
        });
        Map<String, Simulation> simulations = simulate(published, settings, listener);
        List<Row> rows = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        Score ours = new Score();
        Score constant = new Score();
        Map<String, MeasuredRun> gups = published.getOrDefault(CALIBRATION, Map.of());
        simulations.forEach((name, simulation) -> {
            Map<String, MeasuredRun> of = published.getOrDefault(name, Map.of());
            Model model = new Model(simulation, of);
            for (String config : configurations) {
                GuestConfiguration configuration = GuestConfiguration.parse(config);
                if (!model.canPredict(configuration)) {
                    continue;
                }
                Prediction predicted = model.predict(configuration);
                MeasuredRun known = of.get(config);
                boolean isBaseline = BASELINES.contains(config) || name.equals(CALIBRATION);
                rows.add(row(name, config, known, predicted, model.exposure(), isBaseline));
                if (known != null && !isBaseline) {
                    Cycles base = new Cycles(known(of, "LL"), 0);
                    ours.add(configuration.thp(), seconds(known.seconds()), seconds(predicted.seconds()), base);
                    double prior = asGups(configuration, of, gups);
                    constant.add(configuration.thp(), seconds(known.seconds()), seconds(prior), base);
                }
            }
            notes.add(parameters(name, model));
            notes.addAll(GuestClaims.text(name, config -> predicted(model, config), config -> published(of, config)));
        });
        notes.add(0, "Predicted: " + ours.secondsText());
        if (!gups.isEmpty()) {
            notes.add(1, "If every workload changed as GUPS did: " + constant.secondsText());
        }
        return new Figure(id, "Placements of a guest's two trees", "seconds", rows, notes);
    }

    private static Row row(
            String workload,
            String config,
            @Nullable MeasuredRun known,
            Prediction predicted,
            double exposure,
            boolean isBaseline) {
        if (known == null) {
            return Row.alone(workload, config, predicted.seconds())
                    .withWalk(new Walk(OptionalDouble.empty(), predicted.walkSeconds()));
        }
        Walk walk = new Walk(OptionalDouble.of(known.walkSeconds(exposure)), predicted.walkSeconds());
        return (isBaseline
                        ? Row.baseline(workload, config, known.seconds(), predicted.seconds())
                        : Row.of(workload, config, known.seconds(), predicted.seconds()))
                .withWalk(walk);
    }

    private static OptionalDouble predicted(Model model, String config) {
        GuestConfiguration configuration = GuestConfiguration.parse(config);
        return model.canPredict(configuration)
                ? OptionalDouble.of(model.predict(configuration).seconds())
                : OptionalDouble.empty();
    }

    private static OptionalDouble published(Map<String, MeasuredRun> of, String config) {
        MeasuredRun run = of.get(config);
        return run == null ? OptionalDouble.empty() : OptionalDouble.of(run.seconds());
    }

    private static Cycles seconds(double seconds) {
        return new Cycles(seconds, 0);
    }

    private static double known(Map<String, MeasuredRun> of, String config) {
        MeasuredRun run = of.get(config);
        return run == null ? Double.NaN : run.seconds();
    }

    /** The bar to beat: the change that GUPS shows, for every workload. */
    private static double asGups(
            GuestConfiguration configuration, Map<String, MeasuredRun> of, Map<String, MeasuredRun> gups) {
        String local = configuration.local().name();
        double from = of.containsKey(local) ? known(of, local) : known(of, "LL");
        return from * known(gups, configuration.name()) / known(gups, local);
    }

    private static String parameters(String workload, Model model) {
        PageMixture huge = model.mixture(GuestConfiguration.parse("TLL"));
        PageMixture fragmented = model.mixture(GuestConfiguration.parse("TFLL"));
        return String.format(
                Locale.ROOT,
                "%s: walks twice as long add %.0f %%, as %.2f of a pending cycle is waited for; huge pages serve %.0f %% of the"
                        + " guest's walks under THP, %.0f %% in fragmented memory.",
                workload,
                100 * model.sensitivity(GuestConfiguration.parse("LL")),
                model.exposure(),
                100 * huge.guestHuge(),
                100 * fragmented.guestHuge());
    }

    private static Workload find(String name) {
        return Simulations.find(SUFFIXES.stream().map(suffix -> name + suffix).toArray(String[]::new));
    }

    private static Map<String, Simulation> simulate(
            Map<String, Map<String, MeasuredRun>> published, ExperimentSettings settings, Listener listener) {
        MachineProfile profile = MachineProfile.load("4s-cascade-lake");
        Map<String, Simulation> simulations = new LinkedHashMap<>();
        published.keySet().forEach(name -> simulations.put(name, new Simulation(profile, find(name))));
        long accesses = settings.isQuick() ? QUICK_ACCESSES : ACCESSES;
        Simulations parts = new Simulations();
        simulations.forEach((name, simulation) -> {
            for (int part = 0; part < Simulation.parts(); part++) {
                int number = part;
                parts.add(name, () -> simulation.run(number, accesses, settings.seed()));
            }
        });
        parts.run(settings.hostThreads(), listener);
        return simulations;
    }
}
