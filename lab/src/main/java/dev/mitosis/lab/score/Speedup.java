package dev.mitosis.lab.score;

import dev.mitosis.lab.score.Figure.Row;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What one configuration of a workload gains over another: run time over run time.
 *
 * @param row the configuration that the comparison is about: the one with Mitosis, or the remote one
 * @param published empty where one of the two run times has not been published
 */
public record Speedup(
        String workload, String row, String faster, String slower, OptionalDouble published, double predicted) {
    private static final String MITOSIS = "+M";

    /** In the words of the papers: {@code RPI-LD+M over RPI-LD}. */
    public String name() {
        return faster + " over " + slower;
    }

    public boolean isByMitosis() {
        return faster.endsWith(MITOSIS);
    }

    /** Every X+M over X, and local over each remote placement with the same page size, in the order of the rows. */
    public static List<Speedup> of(Figure figure) {
        Map<List<String>, Row> runTimes = new LinkedHashMap<>();
        for (Row row : figure.rows()) {
            if (row.walk().isPresent()) {
                runTimes.put(List.of(row.workload(), row.config()), row);
            }
        }
        List<Speedup> speedups = new ArrayList<>();
        for (Row row : runTimes.values()) {
            String config = row.config();
            if (config.endsWith(MITOSIS)) {
                String without = config.substring(0, config.length() - MITOSIS.length());
                find(runTimes, row.workload(), without).ifPresent(slower -> speedups.add(of(row, row, slower)));
            } else if (config.contains("P") && !config.endsWith("LP-LD")) {
                String local = config.startsWith("T") ? "TLP-LD" : "LP-LD";
                find(runTimes, row.workload(), local).ifPresent(faster -> speedups.add(of(row, faster, row)));
            }
        }
        return speedups;
    }

    private static Optional<Row> find(Map<List<String>, Row> rows, String workload, String config) {
        return Optional.ofNullable(rows.get(List.of(workload, config)));
    }

    private static Speedup of(Row about, Row faster, Row slower) {
        OptionalDouble published =
                faster.published().isPresent() && slower.published().isPresent()
                        ? OptionalDouble.of(slower.published().getAsDouble()
                                / faster.published().getAsDouble())
                        : OptionalDouble.empty();
        return new Speedup(
                about.workload(),
                about.config(),
                faster.config(),
                slower.config(),
                published,
                slower.predicted() / faster.predicted());
    }
}
