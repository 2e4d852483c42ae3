package dev.mitosis.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

class SourceFilesTest {
    private static final int MOST_LINES = 500;
    private static final int SHORTEST_PARAGRAPH = 80;
    private static final Pattern PACKAGE_COMMENT = Pattern.compile("^/\\*\\*(.*?)\\*/\\s*@NullMarked", Pattern.DOTALL);

    @Test
    void theTreeIsFound() {
        assertTrue(SourceTree.files(".java").size() > 30, "the rules here would hold of nothing");
    }

    @Test
    void noFileIsLong() {
        List<String> tooLong = new ArrayList<>();
        List<Path> files = SourceTree.files(".java", ".c", ".h", ".sh", ".conf");
        files.add(SourceTree.root().resolve("mitosis"));
        for (Path file : files) {
            long lines = SourceTree.text(file).lines().count();
            if (lines > MOST_LINES) {
                tooLong.add(file + ": " + lines + " lines");
            }
        }
        assertEquals(List.of(), tooLong);
    }

    @Test
    void everyPackageSaysWhatLivesThere() {
        TreeSet<Path> packages = new TreeSet<>();
        for (Path file : SourceTree.files(".java")) {
            // A package that holds nothing yet has nothing to say.
            if (file.toString().contains("/src/main/java/") && !file.endsWith("package-info.java")) {
                packages.add(file.getParent());
            }
        }
        List<String> bad = new ArrayList<>();
        for (Path directory : packages) {
            Path info = directory.resolve("package-info.java");
            Matcher comment = PACKAGE_COMMENT.matcher(Files.exists(info) ? SourceTree.text(info) : "");
            if (!comment.find() || comment.group(1).replaceAll("[\\s*]+", " ").length() < SHORTEST_PARAGRAPH) {
                bad.add(info + ": needs @NullMarked, and a paragraph before it");
            }
        }
        assertEquals(List.of(), bad);
    }

    @Test
    void noTestIsDisabled() {
        Pattern disabled = Pattern.compile("^\\s*@(Disabled|Ignore)\\b", Pattern.MULTILINE);
        List<Path> found = SourceTree.files(".java").stream()
                .filter(file -> disabled.matcher(SourceTree.text(file)).find())
                .toList();
        assertEquals(List.of(), found);
    }

    @Test
    void everySuppressionSaysWhy() {
        List<String> silent = new ArrayList<>();
        for (Path file : SourceTree.files(".java")) {
            SourceTree.text(file)
                    .lines()
                    .filter(line -> line.strip().startsWith("@SuppressWarnings(") && !line.contains("//"))
                    .forEach(line -> silent.add(file + ": " + line.strip()));
        }
        assertEquals(List.of(), silent);
    }
}
