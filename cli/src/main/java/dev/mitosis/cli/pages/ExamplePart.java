package dev.mitosis.cli.pages;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The example programs: the sentence, the code and the output of each. */
final class ExamplePart {
    private static final Pattern PARTS =
            Pattern.compile("(?s)^(.*?)/\\*\\* (.*?) \\*/\n(class .*?)\n+/\\* Prints:\n(.*)\n\\*/\n$");

    private ExamplePart() {}

    static String text(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> file.toString().endsWith(".java"))
                    .sorted()
                    .map(ExamplePart::section)
                    .collect(Collectors.joining("\n"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String section(Path file) {
        try {
            Matcher parts = PARTS.matcher(Files.readString(file));
            if (!parts.matches()) {
                throw new IllegalArgumentException(
                        file + " is not imports, a doc comment, a class, and a comment that begins with 'Prints:'");
            }
            return "## " + file.getFileName() + "\n\n" + Markdown.plain(parts.group(2)) + "\n\n```java\n"
                    + parts.group(1) + parts.group(3) + "\n```\n\nIt prints:\n\n" + Markdown.fenced(parts.group(4));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
