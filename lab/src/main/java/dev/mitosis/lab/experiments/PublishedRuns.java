package dev.mitosis.lab.experiments;

import dev.mitosis.lab.report.CsvTable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.function.Predicate;

/** Published runs in guests by workload and configuration: those that come with the product, or a file's in the format of the artifact. */
final class PublishedRuns {
    /** The local rows with base pages: in a guest, and without one. */
    static final String GUEST = "LL";

    static final String ALONE = "L";

    private PublishedRuns() {}

    /**
     * The mean of the repeats of a run. A column that was not measured is 0.
     *
     * @param cycles of all threads
     * @param walk cycles that each walker had a walk pending in the guest's table, or the only one
     * @param ept the same in the extended table
     */
    record Run(double seconds, double cycles, double walk, double ept) {
        /** Pending cycles in both tables. */
        double pending() {
            return walk + ept;
        }

        /** What of the time the program waited for walks, if it waits for a share of a pending cycle; 0 without counters. */
        double walkSeconds(double exposure) {
            return hasCounters() ? seconds * Math.min(1, exposure * pending() / cycles) : 0;
        }

        boolean hasCounters() {
            return cycles > 0 && walk > 0;
        }
    }

    /**
     * Gives workloads that have neither local row of one socket those of another table: what a program waits for of a pending cycle is its own
     * and not the machine's.
     */
    static void addLocalRows(Map<String, Map<String, Run>> to, Map<String, Map<String, Run>> from) {
        to.forEach((workload, rows) -> {
            Map<String, Run> known = from.getOrDefault(workload, Map.of());
            if (!rows.containsKey(GUEST) && !rows.containsKey(ALONE)) {
                for (String config : List.of(GUEST, ALONE)) {
                    Run run = known.get(config);
                    if (run != null) {
                        rows.put(config, run);
                    }
                }
            }
        });
    }

    /** What of a pending cycle a program waits for, as two of its rows show: the same data, and walks that take longer in one. */
    static OptionalDouble exposureSeen(Map<String, Run> of, String shorter, String longer) {
        Run one = of.get(shorter);
        Run two = of.get(longer);
        if (one == null || two == null || !one.hasCounters() || !two.hasCounters() || two.pending() <= one.pending()) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of((two.cycles() - one.cycles()) / (two.pending() - one.pending()));
    }

    /** {@code workload -> configuration -> run}, in the order of the file, of the configurations that one wants. */
    static Map<String, Map<String, Run>> read(Optional<Path> reference, String own, Predicate<String> wanted)
            throws IOException {
        return read(PublishedTable.read(reference, own), wanted);
    }

    private static Map<String, Map<String, Run>> read(CsvTable table, Predicate<String> wanted) {
        table.require("workload", "config");
        boolean isArtifact = table.has("exec_seconds");
        if (isArtifact) {
            table.require("cycles_user", "dtlb_load_walk_pending", "dtlb_store_walk_pending", "ept_walk_pending");
        } else {
            table.require("seconds", "cycles", "walk", "ept");
        }
        Map<String, Map<String, Repeats>> repeats = new LinkedHashMap<>();
        for (CsvTable.Line line : table.lines()) {
            if (wanted.test(line.text("config"))) {
                Repeats of = repeats.computeIfAbsent(
                                line.text("workload").toLowerCase(Locale.ROOT), name -> new LinkedHashMap<>())
                        .computeIfAbsent(line.text("config"), name -> new Repeats());
                if (isArtifact) {
                    double loads = measured(line, "dtlb_load_walk_pending");
                    double stores = measured(line, "dtlb_store_walk_pending");
                    of.add(
                            line.number("exec_seconds"),
                            measured(line, "cycles_user"),
                            loads + stores,
                            measured(line, "ept_walk_pending"));
                } else {
                    of.add(
                            line.number("seconds"),
                            1e9 * line.number("cycles"),
                            1e9 * line.number("walk"),
                            1e9 * line.number("ept"));
                }
            }
        }
        Map<String, Map<String, Run>> runs = new LinkedHashMap<>();
        repeats.forEach((workload, of) -> {
            Map<String, Run> means = new LinkedHashMap<>();
            of.forEach((config, all) -> means.put(config, all.mean()));
            runs.put(workload, means);
        });
        return runs;
    }

    private static double measured(CsvTable.Line line, String column) {
        return line.text(column).isEmpty() ? 0 : line.number(column);
    }

    /** The sums of several runs of a configuration; counters count where they were measured. */
    private static final class Repeats {
        private double seconds;
        private int runs;
        private double cycles;
        private double walk;
        private double ept;
        private int counted;

        void add(double seconds, double cycles, double walk, double ept) {
            this.seconds += seconds;
            runs++;
            if (cycles > 0) {
                this.cycles += cycles;
                this.walk += walk;
                this.ept += ept;
                counted++;
            }
        }

        Run mean() {
            int of = Math.max(1, counted);
            return new Run(seconds / runs, cycles / of, walk / of, ept / of);
        }
    }
}
