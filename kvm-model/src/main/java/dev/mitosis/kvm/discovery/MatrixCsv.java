package dev.mitosis.kvm.discovery;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A matrix as text: one line a processor, latencies between commas.
 *
 * <p>Shape: as core-to-core-latency writes it ({@code --csv}): square, or a triangle whose other half is empty or left off. An empty
 * field, {@code -} and {@code nan} are unknown; the diagonal is not looked at; a line that starts with {@code #} is a comment.
 *
 * <p>Errors: {@link IllegalArgumentException}, {@code file:line:column: what is wrong}.
 */
public final class MatrixCsv {
    private static final long MOST_BYTES = 128L << 20;
    private static final int LONGEST_QUOTE = 30;
    private static final Pattern NUMBER = Pattern.compile("[-+]?(\\d+\\.?\\d*|\\.\\d+)([eE][-+]?\\d+)?");

    private final String name;
    private final List<double[]> rows = new ArrayList<>();

    private MatrixCsv(String name) {
        this.name = name;
    }

    /** Reads a file, which is named as it is in errors. */
    public static LatencyMatrix read(Path file) throws IOException {
        if (Files.isDirectory(file)) {
            throw new IllegalArgumentException(file + ": a directory, not a matrix");
        }
        long bytes = Files.size(file);
        if (bytes > MOST_BYTES) {
            throw new IllegalArgumentException(
                    file + ": " + bytes + " bytes are more than any matrix has (" + MOST_BYTES + ")");
        }
        return parse(file.toString(), new String(Files.readAllBytes(file), StandardCharsets.UTF_8));
    }

    /** Reads a text; {@code name} stands for it in errors. */
    public static LatencyMatrix parse(String name, String text) {
        return new MatrixCsv(name).parse(text);
    }

    private LatencyMatrix parse(String text) {
        int cpus = 0;
        List<String> lines = text.lines().toList();
        List<Integer> lineNumbers = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            if (isRow(line)) {
                cpus++;
                lineNumbers.add(i + 1);
            }
        }
        if (cpus == 0) {
            throw wrong(1, 1, "no latencies: a matrix has a line for each processor");
        }
        if (cpus > LatencyMatrix.MOST_CPUS) {
            throw wrong(
                    lineNumbers.get(LatencyMatrix.MOST_CPUS),
                    1,
                    "a matrix of more than " + LatencyMatrix.MOST_CPUS + " processors");
        }
        for (int row = 0; row < cpus; row++) {
            int number = lineNumbers.get(row);
            rows.add(row(lines.get(number - 1), number, row, cpus));
        }
        return LatencyMatrix.of(rows.toArray(double[][]::new));
    }

    private static boolean isRow(String line) {
        return !line.isBlank() && !line.startsWith("#");
    }

    private double[] row(String line, int number, int row, int cpus) {
        double[] latencies = new double[cpus];
        Arrays.fill(latencies, Double.NaN);
        int start = 0;
        for (int field = 0; start <= line.length(); field++) {
            int comma = line.indexOf(',', start);
            int end = comma < 0 ? line.length() : comma;
            String text = line.substring(start, end).strip();
            if (field >= cpus && !text.isEmpty()) {
                throw wrong(
                        number,
                        start + 1,
                        "field " + (field + 1) + " in a matrix of " + cpus + " lines; it has as many columns as lines");
            }
            if (field < cpus && field != row) {
                latencies[field] = latency(text, number, start + 1);
            }
            start = end + 1;
        }
        return latencies;
    }

    private double latency(String text, int line, int column) {
        if (text.isEmpty() || text.equals("-") || text.equalsIgnoreCase("nan")) {
            return Double.NaN;
        }
        if (!NUMBER.matcher(text).matches()) {
            throw wrong(line, column, "'" + quote(text) + "' is not a latency");
        }
        double value = Double.parseDouble(text);
        if (!(value > 0) || Double.isInfinite(value)) {
            throw wrong(line, column, "latency " + quote(text) + " is not a finite number above 0");
        }
        return value;
    }

    private static String quote(String text) {
        String plain = text.replaceAll("\\p{Cntrl}", "?");
        return plain.length() <= LONGEST_QUOTE ? plain : plain.substring(0, LONGEST_QUOTE) + "…";
    }

    private IllegalArgumentException wrong(int line, int column, String what) {
        return new IllegalArgumentException(name + ":" + line + ":" + column + ": " + what);
    }

    /** Writes a whole matrix, unknown latencies as empty fields. */
    public static String write(LatencyMatrix matrix) {
        StringBuilder text = new StringBuilder();
        for (int a = 0; a < matrix.size(); a++) {
            for (int b = 0; b < matrix.size(); b++) {
                text.append(b == 0 ? "" : ",");
                if (matrix.isKnown(a, b)) {
                    text.append(String.format(Locale.ROOT, "%.3f", matrix.latency(a, b)));
                }
            }
            text.append('\n');
        }
        return text.toString();
    }
}
