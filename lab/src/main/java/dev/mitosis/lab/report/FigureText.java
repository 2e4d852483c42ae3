package dev.mitosis.lab.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mitosis.lab.experiments.Figure;
import java.util.Locale;

/** Figures as CSV, JSON and a table for people. */
public final class FigureText {
    private static final ObjectMapper JSON = new ObjectMapper();

    private FigureText() {}

    /** For people. */
    public static String of(Figure figure) {
        int workload = width(figure, "workload", true);
        int config = width(figure, "configuration", false);
        StringBuilder text = new StringBuilder();
        text.append(figure.title()).append(" (").append(figure.unit()).append(")\n\n");
        String line = "  %-" + workload + "s  %-" + config + "s  %14s  %14s  %8s%n";
        text.append(String.format(Locale.ROOT, line, "workload", "configuration", "published", "predicted", "error"));
        for (Figure.Row row : figure.rows()) {
            String error = row.isBaseline()
                    ? "baseline"
                    : row.errorPercent().isPresent()
                            ? String.format(
                                    Locale.ROOT, "%+.1f %%", row.errorPercent().getAsDouble())
                            : "";
            text.append(String.format(
                    Locale.ROOT,
                    line,
                    row.workload(),
                    row.config(),
                    row.published().isPresent() ? number(row.published().getAsDouble()) : "",
                    number(row.predicted()),
                    error));
        }
        text.append(String.format(
                Locale.ROOT,
                "%n  mean error %.1f %% of %d predicted numbers; %d of %d clear orderings kept%n",
                figure.meanErrorPercent(),
                figure.scored(),
                figure.orderings()[0],
                figure.orderings()[1]));
        figure.notes().forEach(note -> text.append("  ").append(note).append('\n'));
        return text.toString().stripTrailing();
    }

    /** {@code workload,config,published,predicted,error_percent}, and what it comes to in a last comment. */
    public static String csv(Figure figure) {
        StringBuilder text = new StringBuilder("workload,config,published,predicted,error_percent\n");
        for (Figure.Row row : figure.rows()) {
            text.append(String.format(
                    Locale.ROOT,
                    "%s,%s,%s,%.6g,%s%n",
                    row.workload(),
                    row.config(),
                    row.published().isPresent()
                            ? String.format(Locale.ROOT, "%.6g", row.published().getAsDouble())
                            : "",
                    row.predicted(),
                    row.errorPercent().isPresent() && !row.isBaseline()
                            ? String.format(
                                    Locale.ROOT, "%.2f", row.errorPercent().getAsDouble())
                            : ""));
        }
        return text.append(String.format(
                        Locale.ROOT,
                        "# %s: mean absolute error %.2f %% of %d predicted numbers, %d of %d orderings kept",
                        figure.id(),
                        figure.meanErrorPercent(),
                        figure.scored(),
                        figure.orderings()[0],
                        figure.orderings()[1]))
                .toString();
    }

    /** One JSON object. */
    public static String json(Figure figure) {
        ObjectNode node = JSON.createObjectNode();
        node.put("id", figure.id()).put("title", figure.title()).put("unit", figure.unit());
        node.put("meanErrorPercent", figure.meanErrorPercent()).put("predicted", figure.scored());
        node.put("orderingsKept", figure.orderings()[0]).put("orderings", figure.orderings()[1]);
        ArrayNode rows = node.putArray("rows");
        for (Figure.Row row : figure.rows()) {
            ObjectNode line = rows.addObject().put("workload", row.workload()).put("config", row.config());
            if (row.published().isPresent()) {
                line.put("published", row.published().getAsDouble());
            } else {
                line.putNull("published");
            }
            line.put("predicted", row.predicted()).put("isBaseline", row.isBaseline());
        }
        ArrayNode notes = node.putArray("notes");
        figure.notes().forEach(notes::add);
        return node.toPrettyString();
    }

    private static int width(Figure figure, String head, boolean isWorkload) {
        return figure.rows().stream()
                .mapToInt(row -> (isWorkload ? row.workload() : row.config()).length())
                .reduce(head.length(), Math::max);
    }

    private static String number(double value) {
        return value >= 1000 ? String.format(Locale.ROOT, "%,.0f", value) : String.format(Locale.ROOT, "%.3f", value);
    }
}
