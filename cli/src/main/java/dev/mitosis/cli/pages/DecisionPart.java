package dev.mitosis.cli.pages;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The list of decisions: their titles, in the order of their numbers. */
final class DecisionPart {
    private DecisionPart() {}

    static String text(Path folder) {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(file -> String.valueOf(file.getFileName()).matches("\\d{4}-.*\\.md"))
                    .sorted()
                    .map(DecisionPart::line)
                    .collect(Collectors.joining("\n"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String line(Path file) {
        try (Stream<String> lines = Files.lines(file)) {
            String title = lines.findFirst()
                    .orElseThrow(() -> new IllegalArgumentException(file + " is empty"))
                    .replaceFirst("^#+ *", "");
            return "- [" + title + "](" + file.getFileName() + ")";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
