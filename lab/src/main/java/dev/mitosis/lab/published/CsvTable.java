package dev.mitosis.lab.published;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A small table in a file: a line of names, then lines of values, separated by commas; lines that begin with {@code #} are comments.
 *
 * <p>Errors: {@link IllegalArgumentException} in one line with file and line: a column that is missing, a line that is too short
 * or too long, a value that is not a number.
 */
public final class CsvTable {
    private static final int MAX_BYTES = 16 << 20;

    private final Path file;
    private final List<String> names;
    private final List<Line> lines = new ArrayList<>();

    private CsvTable(Path file, List<String> names) {
        this.file = file;
        this.names = names;
    }

    /** Reads a file of at most 16 MiB. */
    public static CsvTable read(Path file) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return parse(file, in);
        }
    }

    /** Reads what is in a file, or stands for one of this name. */
    static CsvTable parse(Path file, InputStream in) throws IOException {
        byte[] bytes = in.readNBytes(MAX_BYTES + 1);
        if (bytes.length > MAX_BYTES) {
            throw new IllegalArgumentException(file + ": larger than 16 MiB");
        }
        List<String> texts;
        try {
            texts = StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(bytes))
                    .toString()
                    .lines()
                    .toList();
        } catch (CharacterCodingException notText) {
            throw new IllegalArgumentException(file + ": not a text file", notText);
        }
        CsvTable table = null;
        for (int number = 1; number <= texts.size(); number++) {
            String text = texts.get(number - 1);
            if (text.isBlank() || text.startsWith("#")) {
                continue;
            }
            List<String> values = List.of(text.split(",", -1));
            if (table == null) {
                table = new CsvTable(file, values);
            } else if (values.size() != table.names.size()) {
                throw new IllegalArgumentException(
                        file + ":" + number + ": " + values.size() + " values for " + table.names.size() + " columns");
            } else {
                table.lines.add(table.new Line(number, values));
            }
        }
        if (table == null) {
            throw new IllegalArgumentException(file + ": empty");
        }
        return table;
    }

    /** Checks that columns are there. */
    public void require(String... columns) {
        for (String column : columns) {
            if (!names.contains(column)) {
                throw new IllegalArgumentException(
                        file + ":1: no column '" + column + "'; there are " + String.join(", ", names));
            }
        }
    }

    public boolean has(String column) {
        return names.contains(column);
    }

    public List<Line> lines() {
        return List.copyOf(lines);
    }

    /** One line of values. */
    public final class Line {
        private final int number;
        private final List<String> values;

        private Line(int number, List<String> values) {
            this.number = number;
            this.values = values;
        }

        public String text(String column) {
            return values.get(names.indexOf(column)).strip();
        }

        public double number(String column) {
            try {
                return Double.parseDouble(text(column));
            } catch (NumberFormatException notANumber) {
                throw new IllegalArgumentException(
                        file + ":" + number + ": " + column + " is '" + text(column) + "', not a number", notANumber);
            }
        }
    }
}
