package dev.mitosis.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * What {@code ./mitosis bench} prints: lines for people as they come, or all figures at the end as JSON or CSV. With a folder, all three are
 * written there too.
 */
final class SpeedReport {
    /** A figure: what was measured, of what, how much. */
    private record Figure(String group, String name, String metric, double value) {}

    private final PrintStream out;
    private final String format;
    private final @Nullable Path folder;
    private final StringBuilder text = new StringBuilder();
    private final List<Figure> figures = new ArrayList<>();

    SpeedReport(PrintStream out, String format, @Nullable Path folder) {
        this.out = out;
        this.format = format;
        this.folder = folder;
    }

    /** A line for people. */
    void line(String line) {
        text.append(line).append('\n');
        if (format.equals("text")) {
            out.println(line);
            out.flush();
        }
    }

    void line(String pattern, Object... values) {
        line(String.format(Locale.ROOT, pattern, values));
    }

    void figure(String group, String name, String metric, double value) {
        figures.add(new Figure(group, name.strip(), metric, value));
    }

    /** Prints what was kept for the end, and writes the files. */
    void finish() throws IOException {
        if (!format.equals("text")) {
            out.println(format.equals("json") ? json() : csv());
        }
        if (folder != null) {
            Files.createDirectories(folder);
            Files.writeString(folder.resolve("bench.txt"), text);
            Files.writeString(folder.resolve("bench.json"), json() + "\n");
            Files.writeString(folder.resolve("bench.csv"), csv() + "\n");
        }
        out.flush();
        if (out.checkError()) {
            throw new IOException("cannot write the result to standard output");
        }
    }

    private String json() throws IOException {
        ObjectMapper mapper = new ObjectMapper();
        ArrayNode all = mapper.createArrayNode();
        for (Figure figure : figures) {
            all.addObject()
                    .put("group", figure.group)
                    .put("name", figure.name)
                    .put("metric", figure.metric)
                    .put("value", figure.value);
        }
        return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(all);
    }

    private String csv() {
        StringBuilder lines = new StringBuilder("group,name,metric,value");
        for (Figure figure : figures) {
            lines.append('\n')
                    .append(figure.group)
                    .append(",\"")
                    .append(figure.name.replace("\"", "\"\""))
                    .append("\",")
                    .append(figure.metric)
                    .append(',')
                    .append(String.format(Locale.ROOT, "%.6g", figure.value));
        }
        return lines.toString();
    }
}
