package dev.mitosis.shim.numactl;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The tables {@code command-lines.txt} and {@code node-command-lines.txt}, and how its words are cut. */
final class CommandLines {
    private static final Pattern WORD = Pattern.compile("'([^']*)'|(\\S+)");

    private CommandLines() {}

    /** Those for any machine. */
    static List<String> all() throws IOException {
        return read("command-lines.txt");
    }

    /** Those for the emulated machine of four nodes, the most telling ones first. */
    static List<String> ofNodes() throws IOException {
        return read("node-command-lines.txt");
    }

    private static List<String> read(String table) throws IOException {
        List<String> lines = new ArrayList<>();
        try (InputStream in = Objects.requireNonNull(CommandLines.class.getResourceAsStream(table))) {
            for (String line : new String(in.readAllBytes(), StandardCharsets.UTF_8).split("\n", -1)) {
                if (!line.isEmpty() && !line.startsWith("#")) {
                    lines.add(line);
                }
            }
        }
        return lines;
    }

    static List<String> words(String line) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(line.equals("NOTHING") ? "" : line);
        while (matcher.find()) {
            String quoted = matcher.group(1);
            words.add(quoted == null ? matcher.group(2) : quoted);
        }
        return words;
    }
}
