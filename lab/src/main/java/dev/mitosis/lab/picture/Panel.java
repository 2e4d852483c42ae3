package dev.mitosis.lab.picture;

import dev.mitosis.lab.score.Figure;
import dev.mitosis.lab.score.Figure.Row;
import dev.mitosis.lab.score.Speedup;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.OptionalDouble;
import org.jfree.data.category.DefaultCategoryDataset;

/**
 * The bars of one workload.
 *
 * <p>Units: run times are multiples of the workload's first one, as published where it is; other numbers are in the figure's unit.
 *
 * @param bars a column for each configuration, the rows being {@link #SERIES}; a number that nobody has published is null
 * @param labels what stands above a configuration's published and predicted bar; empty where nothing does
 */
record Panel(String workload, DefaultCategoryDataset bars, Map<String, Labels> labels) {
    static final String PUBLISHED_WALK = "published: walks";
    static final String PUBLISHED_REST = "published: the rest";
    static final String PREDICTED_WALK = "ours: walks";
    static final String PREDICTED_REST = "ours: the rest";
    /** From the bottom of a bar to its top, the published bar on the left. */
    static final List<String> SERIES = List.of(PUBLISHED_WALK, PUBLISHED_REST, PREDICTED_WALK, PREDICTED_REST);

    /** Above the two bars of a configuration. */
    record Labels(String published, String predicted) {}

    /** One panel for each workload, in the order of the figure. */
    static List<Panel> of(Figure figure) {
        Map<String, List<Row>> workloads = new LinkedHashMap<>();
        figure.rows().forEach(row -> workloads
                .computeIfAbsent(row.workload(), name -> new ArrayList<>())
                .add(row));
        List<Speedup> speedups = Speedup.of(figure);
        List<Panel> panels = new ArrayList<>();
        workloads.forEach((workload, rows) -> panels.add(panel(workload, rows, speedups)));
        return panels;
    }

    private static Panel panel(String workload, List<Row> rows, List<Speedup> speedups) {
        Row first = rows.get(0);
        double base = first.walk().isPresent() ? first.published().orElse(first.predicted()) : 1;
        DefaultCategoryDataset bars = new DefaultCategoryDataset();
        for (Row row : rows) {
            OptionalDouble publishedWalk =
                    row.walk().isPresent() ? row.walk().orElseThrow().published() : OptionalDouble.of(0);
            double predictedWalk =
                    row.walk().isPresent() ? row.walk().orElseThrow().predicted() : 0;
            boolean isPublished = row.published().isPresent() && publishedWalk.isPresent();
            double published = row.published().orElse(0);
            bars.addValue(isPublished ? publishedWalk.orElse(0) / base : null, PUBLISHED_WALK, row.config());
            bars.addValue(
                    isPublished ? (published - publishedWalk.orElse(0)) / base : null, PUBLISHED_REST, row.config());
            bars.addValue(row.isModelled() ? predictedWalk / base : null, PREDICTED_WALK, row.config());
            bars.addValue(
                    row.isModelled() ? (row.predicted() - predictedWalk) / base : null, PREDICTED_REST, row.config());
        }
        Map<String, Labels> labels = new LinkedHashMap<>();
        for (Speedup speedup : speedups) {
            if (speedup.workload().equals(workload)) {
                String published = speedup.published().isPresent()
                        ? times(speedup.published().getAsDouble())
                        : "";
                labels.put(speedup.row(), new Labels(published, times(speedup.predicted())));
            }
        }
        return new Panel(workload, bars, labels);
    }

    /** What stands above a bar; series by its place in {@link #SERIES}. */
    String label(String series, String config) {
        Labels both = labels.get(config);
        return both == null
                ? ""
                : series.equals(PREDICTED_REST)
                        ? both.predicted()
                        : series.equals(PUBLISHED_REST) ? both.published() : "";
    }

    private static String times(double speedup) {
        return String.format(Locale.ROOT, "%.1f×", speedup);
    }
}
