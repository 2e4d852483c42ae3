package dev.mitosis.lab.experiments;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.experiments.CacheContention.Shares;
import dev.mitosis.lab.score.Figure;
import dev.mitosis.lab.score.Figure.Row;
import dev.mitosis.lab.score.Speedup;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;

/**
 * What the authors' talk claims, beside what the simulations of the other figures come to: the range of speedups by copies on all
 * sockets, the range by moving tables back on one, the memory of four copies, and what other data does to page tables in the caches.
 *
 * <p>The talk's speedups are those of programs in virtual machines, where a walk is two-dimensional; ours are predicted for programs
 * without one, on the machine of the figures. The ends of a range are those of all workloads of the figure, with 4 KiB pages.
 *
 * <p>Source: the talk on Mitosis (ASPLOS'20) and vMitosis (ASPLOS'21); figures 9 and 10 and table 6 of Mitosis.
 */
final class Headline implements Experiment {
    private static final String ALL_SOCKETS = "speedup by copies, all sockets";
    private static final String ONE_SOCKET = "speedup by moving back, one socket";
    private static final String MEMORY = "extra memory of four copies, %";
    private static final String CACHES = "leaf reads that memory answers, %";
    private static final double[] PUBLISHED_ALL_SOCKETS = {1.06, 1.6};
    private static final double[] PUBLISHED_ONE_SOCKET = {1.8, 3.1};
    private static final double PUBLISHED_MEMORY_PERCENT = 0.6;
    private static final List<String> CONTENDED = List.of("gups", "btree", "hashjoin");
    private static final long ACCESSES = 3_000_000;
    private static final long QUICK_ACCESSES = 500_000;

    private final Experiment wide;
    private final Experiment thin;
    private final Experiment memory;
    private final Contention contention;

    /** What measures the caches of some workloads. */
    interface Contention {
        Map<String, Shares> measure(ExperimentSettings settings, Listener listener);
    }

    Headline() {
        this(new WidePlacement(), ThinPlacement.fig10(), new Table6(), Headline::measure);
    }

    Headline(Experiment wide, Experiment thin, Experiment memory, Contention contention) {
        this.wide = wide;
        this.thin = thin;
        this.memory = memory;
        this.contention = contention;
    }

    @Override
    public String id() {
        return "headline";
    }

    @Override
    public String description() {
        return "the talk's claims: speedups on all sockets and on one, memory, page tables in caches";
    }

    @Override
    public boolean hasBars() {
        return false;
    }

    @Override
    public Figure run(ExperimentSettings settings, Listener listener) throws IOException {
        if (settings.reference().isPresent()) {
            throw new IllegalArgumentException("headline has no reference file");
        }
        List<Row> rows = new ArrayList<>();
        List<String> notes = new ArrayList<>();
        Figure copies = wide.run(settings, within(wide.id(), listener));
        range(ALL_SOCKETS, copies, "F+M over F", PUBLISHED_ALL_SOCKETS, rows, notes);
        Figure moved = thin.run(settings, within(thin.id(), listener));
        range(ONE_SOCKET, moved, "RPI-LD+M over RPI-LD", PUBLISHED_ONE_SOCKET, rows, notes);
        Figure tables = memory.run(settings, within(memory.id(), listener));
        rows.add(Row.of(MEMORY, "1 TB", PUBLISHED_MEMORY_PERCENT, extraPercent(tables)));
        int evicted = 0;
        Map<String, Shares> measured = contention.measure(settings, within("caches", listener));
        for (Map.Entry<String, Shares> entry : measured.entrySet()) {
            Shares shares = entry.getValue();
            rows.add(Row.alone(CACHES, entry.getKey() + " alone", shares.alone()));
            rows.add(Row.alone(CACHES, entry.getKey() + " beside a stream", shares.beside()));
            evicted += shares.beside() > shares.alone() ? 1 : 0;
        }
        notes.add(String.format(
                Locale.ROOT,
                "Contention evicts page tables from caches in %d of %d workloads: counted, of one thread, while another core of its socket"
                        + " reads as fast as memory allows.",
                evicted,
                measured.size()));
        notes.add(
                "The talk's speedups are of programs in virtual machines; ours are of the same kind of program without one.");
        return new Figure(id(), "What the talk claims", "as each line says", rows, notes);
    }

    private static Listener within(String part, Listener listener) {
        return (done, all, doing) -> listener.part(done, all, part + ", " + doing);
    }

    /** The lowest and the highest speedup of that name, and all of them in a note. */
    private static void range(
            String claim, Figure figure, String name, double[] published, List<Row> rows, List<String> notes) {
        List<Speedup> speedups = Speedup.of(figure).stream()
                .filter(speedup -> speedup.name().equals(name))
                .sorted(Comparator.comparingDouble(Speedup::predicted))
                .toList();
        if (speedups.isEmpty()) {
            throw new IllegalStateException(figure.id() + " has no speedup " + name);
        }
        Speedup lowest = speedups.get(0);
        Speedup highest = speedups.get(speedups.size() - 1);
        rows.add(Row.of(claim, "lowest: " + lowest.workload(), published[0], lowest.predicted()));
        rows.add(Row.of(claim, "highest: " + highest.workload(), published[1], highest.predicted()));
        List<String> each = speedups.stream()
                .map(speedup -> String.format(Locale.ROOT, "%s %.2f", speedup.workload(), speedup.predicted())
                        + (speedup.published().isEmpty()
                                ? ""
                                : String.format(
                                        Locale.ROOT,
                                        " (published %.2f)",
                                        speedup.published().getAsDouble())))
                .toList();
        notes.add(figure.id() + ", " + name + ": " + String.join(", ", each) + ".");
    }

    private static double extraPercent(Figure tables) {
        return tables.rows().stream()
                .filter(row -> row.workload().equals("1 TB") && row.config().equals("4"))
                .mapToDouble(row -> 100 * (row.predicted() - 1))
                .findFirst()
                .orElseThrow(() -> new IllegalStateException(tables.id() + " has no row of 1 TB with 4 copies"));
    }

    private static Map<String, Shares> measure(ExperimentSettings settings, Listener listener) {
        MachineProfile profile = MachineProfile.load("4s-haswell-ex");
        long accesses = settings.isQuick() ? QUICK_ACCESSES : ACCESSES;
        Shares[] shares = new Shares[CONTENDED.size()];
        Simulations parts = new Simulations();
        for (int i = 0; i < shares.length; i++) {
            int number = i;
            parts.add(
                    CONTENDED.get(i),
                    () -> shares[number] = CacheContention.run(
                            profile, Simulations.find(CONTENDED.get(number)), accesses, settings.seed()));
        }
        parts.run(settings.hostThreads(), listener);
        Map<String, Shares> measured = new TreeMap<>(Comparator.comparingInt(CONTENDED::indexOf));
        for (int i = 0; i < shares.length; i++) {
            measured.put(CONTENDED.get(i), shares[i]);
        }
        return measured;
    }
}
