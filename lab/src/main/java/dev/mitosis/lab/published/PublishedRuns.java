package dev.mitosis.lab.published;

import dev.mitosis.lab.model.MeasuredRun;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Predicate;

/** Published runs in guests by workload and configuration: those that come with the product, or a file's in the format of the artifact. */
public final class PublishedRuns {
    private PublishedRuns() {}

    /**
     * Gives workloads that have neither local row of one socket those of another table: what a program waits for of a pending cycle is its own
     * and not the machine's.
     */
    public static void addLocalRows(
            Map<String, Map<String, MeasuredRun>> to, Map<String, Map<String, MeasuredRun>> from) {
        to.forEach((workload, rows) -> {
            Map<String, MeasuredRun> known = from.getOrDefault(workload, Map.of());
            if (!rows.containsKey(MeasuredRun.GUEST) && !rows.containsKey(MeasuredRun.ALONE)) {
                for (String config : List.of(MeasuredRun.GUEST, MeasuredRun.ALONE)) {
                    MeasuredRun run = known.get(config);
                    if (run != null) {
                        rows.put(config, run);
                    }
                }
            }
        });
    }

    /** {@code workload -> configuration -> run}, in the order of the file, of the configurations that one wants. */
    public static Map<String, Map<String, MeasuredRun>> read(
            Optional<Path> reference, String own, Predicate<String> wanted) throws IOException {
        return read(PublishedTable.read(reference, own), wanted);
    }

    private static Map<String, Map<String, MeasuredRun>> read(CsvTable table, Predicate<String> wanted) {
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
        Map<String, Map<String, MeasuredRun>> runs = new LinkedHashMap<>();
        repeats.forEach((workload, of) -> {
            Map<String, MeasuredRun> means = new LinkedHashMap<>();
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

        MeasuredRun mean() {
            int of = Math.max(1, counted);
            return new MeasuredRun(seconds / runs, cycles / of, walk / of, ept / of);
        }
    }
}
