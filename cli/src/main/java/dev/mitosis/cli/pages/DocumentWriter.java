package dev.mitosis.cli.pages;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Writes the generated parts of the documents in {@code docs/}.
 *
 * <p>Shape: a part stands between the lines {@code <!-- begin NAME -->} and {@code <!-- end NAME -->}; {@link #parts} has the names.
 *
 * <p>Errors: {@link IllegalArgumentException} names a part that does not exist, or one without its end.
 */
public final class DocumentWriter {
    private static final Pattern PART = Pattern.compile(
            "(?m)^<!-- begin (\\S+) -->\\n(?:(.*?)^<!-- end \\1 -->$)?", Pattern.DOTALL | Pattern.MULTILINE);

    private final Map<String, Supplier<String>> parts;

    public DocumentWriter(Path root) {
        parts = Map.of(
                "commands", CommandPart::text,
                "machines", MachinePart::text,
                "policies", RegistryParts::policies,
                "workloads", RegistryParts::workloads,
                "figures", RegistryParts::figures,
                "formats", RegistryParts::formats,
                "examples", () -> ExamplePart.text(root.resolve("examples")),
                "decisions", () -> DecisionPart.text(root.resolve("docs/adr")));
    }

    /** Takes the root of the repository, and prints the documents that it changed. */
    public static void main(String[] args) throws IOException {
        Path root = Path.of(args[0]);
        for (Map.Entry<Path, String> stale :
                new DocumentWriter(root).stale(root).entrySet()) {
            Files.writeString(stale.getKey(), stale.getValue());
            System.out.println(root.relativize(stale.getKey()));
        }
    }

    /** The names of the parts, in order. */
    public Set<String> names() {
        return new TreeSet<>(parts.keySet());
    }

    /** The documents whose generated parts differ from what this version of the program says, with their new text. */
    public Map<Path, String> stale(Path root) throws IOException {
        Map<Path, String> stale = new TreeMap<>();
        for (Path document : documents(root.resolve("docs"))) {
            String text = Files.readString(document);
            String fresh;
            try {
                fresh = rewrite(text);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(document + ": " + e.getMessage(), e);
            }
            if (!fresh.equals(text)) {
                stale.put(document, fresh);
            }
        }
        return stale;
    }

    /** A document with its generated parts made again. */
    String rewrite(String document) {
        return PART.matcher(document)
                .replaceAll(found -> Matcher.quoteReplacement(part(found.group(1), found.group(2))));
    }

    private String part(String name, @Nullable String old) {
        Supplier<String> text = parts.get(name);
        if (text == null) {
            throw new IllegalArgumentException(
                    "no generated part is called '" + name + "'; there are " + String.join(", ", names()));
        }
        if (old == null) {
            throw new IllegalArgumentException("<!-- begin " + name + " --> has no <!-- end " + name + " -->");
        }
        return "<!-- begin " + name + " -->\n\n" + text.get().strip() + "\n\n<!-- end " + name + " -->";
    }

    private static List<Path> documents(Path folder) {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(file -> file.toString().endsWith(".md"))
                    .sorted()
                    .toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
