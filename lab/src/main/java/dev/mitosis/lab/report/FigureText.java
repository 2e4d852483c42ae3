package dev.mitosis.lab.report;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mitosis.lab.score.Figure;
import dev.mitosis.lab.score.Speedup;
import java.util.List;
import java.util.Locale;
import java.util.OptionalDouble;

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
        String line = "  %-" + workload + "s  %-" + config + "s  %14s  %14s  %10s%n";
        text.append(String.format(Locale.ROOT, line, "workload", "configuration", "published", "predicted", "error"));
        for (Figure.Row row : figure.rows()) {
            String remark = row.isBaseline() ? "baseline" : row.isModelled() ? error(figure, row) : "unmodelled";
            text.append(String.format(
                    Locale.ROOT,
                    line,
                    row.workload(),
                    row.config(),
                    row.published().isPresent() ? number(row.published().getAsDouble()) : "",
                    row.isModelled() ? number(row.predicted()) : "",
                    remark));
        }
        text.append('\n');
        text.append("  ").append(figure.scoreText()).append('\n');
        figure.notes().forEach(note -> text.append("  ").append(note).append('\n'));
        speedups(figure, text, workload);
        return text.toString().stripTrailing();
    }

    private static String error(Figure figure, Figure.Row row) {
        if (row.published().isEmpty()) {
            return "";
        }
        return figure.isShares()
                ? String.format(
                        Locale.ROOT,
                        "%+.1f pts",
                        row.predicted() - row.published().getAsDouble())
                : String.format(Locale.ROOT, "%+.1f %%", row.errorPercent().orElseThrow());
    }

    private static void speedups(Figure figure, StringBuilder text, int workload) {
        List<Speedup> speedups = Speedup.of(figure);
        if (speedups.isEmpty()) {
            return;
        }
        int name =
                speedups.stream().mapToInt(speedup -> speedup.name().length()).reduce(0, Math::max);
        String line = "  %-" + workload + "s  %-" + name + "s  %9s  %9s%n";
        text.append('\n').append(String.format(Locale.ROOT, line, "workload", "speedup", "published", "predicted"));
        for (Speedup speedup : speedups) {
            text.append(String.format(
                    Locale.ROOT,
                    line,
                    speedup.workload(),
                    speedup.name(),
                    speedup.published().isPresent() ? times(speedup.published().getAsDouble()) : "",
                    times(speedup.predicted())));
        }
    }

    private static String times(double speedup) {
        return String.format(Locale.ROOT, "%.2f×", speedup);
    }

    /**
     * {@code workload,config,published,predicted,error_percent}, the notes as comments, and what it comes to in a last one. The error of what the
     * model leaves out is {@code unmodelled}. A figure of run times has {@code speedup,speedup_published,speedup_predicted} after them.
     */
    public static String csv(Figure figure) {
        List<Speedup> speedups = Speedup.of(figure);
        StringBuilder text = new StringBuilder("workload,config,published,predicted,error_percent");
        text.append(speedups.isEmpty() ? "\n" : ",speedup,speedup_published,speedup_predicted\n");
        for (Figure.Row row : figure.rows()) {
            text.append(String.format(
                    Locale.ROOT,
                    "%s,%s,%s,%s,%s%s%n",
                    quote(row.workload()),
                    quote(row.config()),
                    row.published().isPresent()
                            ? String.format(Locale.ROOT, "%.6g", row.published().getAsDouble())
                            : "",
                    row.isModelled() ? String.format(Locale.ROOT, "%.6g", row.predicted()) : "",
                    row.isModelled() ? error(row) : "unmodelled",
                    speedups.isEmpty() ? "" : columns(speedups, row)));
        }
        figure.notes().forEach(note -> text.append("# ").append(note).append('\n'));
        return text.append("# " + figure.id() + ": " + figure.scoreText()).toString();
    }

    private static String error(Figure.Row row) {
        return row.errorPercent().isPresent() && !row.isBaseline()
                ? String.format(Locale.ROOT, "%.2f", row.errorPercent().getAsDouble())
                : "";
    }

    /** RFC 4180: what holds a comma stands in quotes. */
    private static String quote(String text) {
        return text.contains(",") ? '"' + text + '"' : text;
    }

    private static String columns(List<Speedup> speedups, Figure.Row row) {
        for (Speedup speedup : speedups) {
            if (speedup.workload().equals(row.workload()) && speedup.row().equals(row.config())) {
                String published = speedup.published().isPresent()
                        ? String.format(Locale.ROOT, "%.4f", speedup.published().getAsDouble())
                        : "";
                return String.format(Locale.ROOT, ",%s,%s,%.4f", speedup.name(), published, speedup.predicted());
            }
        }
        return ",,,";
    }

    /** One JSON object. */
    public static String json(Figure figure) {
        ObjectNode node = JSON.createObjectNode();
        node.put("id", figure.id()).put("title", figure.title()).put("unit", figure.unit());
        if (figure.scored() > 0) {
            node.put("meanErrorPercent", figure.meanErrorPercent());
        }
        node.put("predicted", figure.scored());
        node.put("orderingsKept", figure.orderings()[0]).put("orderings", figure.orderings()[1]);
        ArrayNode rows = node.putArray("rows");
        for (Figure.Row row : figure.rows()) {
            ObjectNode line = rows.addObject().put("workload", row.workload()).put("config", row.config());
            put(line, "published", row.published());
            put(line, "predicted", row.isModelled() ? OptionalDouble.of(row.predicted()) : OptionalDouble.empty());
            line.put("isBaseline", row.isBaseline()).put("isModelled", row.isModelled());
            put(
                    line,
                    "errorPercent",
                    row.isBaseline() || !row.isModelled() ? OptionalDouble.empty() : row.errorPercent());
            row.walk().ifPresent(walk -> {
                put(line, "publishedWalk", walk.published());
                line.put("predictedWalk", walk.predicted());
            });
        }
        ArrayNode speedups = node.putArray("speedups");
        for (Speedup speedup : Speedup.of(figure)) {
            ObjectNode line = speedups.addObject().put("workload", speedup.workload());
            line.put("faster", speedup.faster()).put("slower", speedup.slower());
            put(line, "published", speedup.published());
            line.put("predicted", speedup.predicted());
        }
        ArrayNode notes = node.putArray("notes");
        figure.notes().forEach(notes::add);
        return node.toPrettyString();
    }

    private static void put(ObjectNode node, String name, OptionalDouble value) {
        if (value.isPresent()) {
            node.put(name, value.getAsDouble());
        } else {
            node.putNull(name);
        }
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
