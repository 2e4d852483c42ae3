package dev.mitosis.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.cli.CommandRegistry;
import dev.mitosis.cli.pages.DocumentWriter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** The documents promise nothing that is not there: every command, every file, every link. */
class DocumentsTest {
    private static final Pattern COMMAND = Pattern.compile("\\./mitosis ([a-z][a-z-]*)");
    private static final Pattern LINK = Pattern.compile("\\]\\((?!https?:|#)([^)#\\s]+)");
    private static final Pattern NAMED_FILE =
            Pattern.compile("`((?:[\\w.-]+/)*[\\w.-]+\\.(?:java|conf|md|cff|csv|c|h|xml))`");

    private static Set<String> commandNames() {
        Set<String> names = CommandRegistry.commands().stream()
                .map(command -> new CommandLine(command).getCommandName())
                .collect(Collectors.toCollection(TreeSet::new));
        names.add("help");
        return names;
    }

    @Test
    void everyCommandInTheDocumentsExists() {
        Set<String> names = commandNames();
        List<String> unknown = new ArrayList<>();
        for (Path document : SourceTree.files(".md")) {
            COMMAND.matcher(SourceTree.text(document)).results().forEach(found -> {
                if (!names.contains(found.group(1))) {
                    unknown.add(document + ": ./mitosis " + found.group(1));
                }
            });
        }
        assertEquals(List.of(), unknown);
    }

    /** The README by question, the page of commands with every option. */
    @Test
    void theReadmeAndThePageOfCommandsShowEveryCommand() {
        String readme = SourceTree.text(SourceTree.root().resolve("README.md"));
        String page = SourceTree.text(SourceTree.root().resolve("docs/commands.md"));
        List<String> absent = commandNames().stream()
                .filter(name -> !readme.contains("./mitosis " + name)
                        || !name.equals("help") && !page.contains("\n## " + name + "\n"))
                .toList();
        assertEquals(List.of(), absent);
    }

    @Test
    void theReadmeIsAtMost150Lines() {
        long lines =
                SourceTree.text(SourceTree.root().resolve("README.md")).lines().count();
        assertTrue(lines <= 150, lines + " lines");
    }

    @Test
    void theGeneratedPartsAreWhatTheProgramSays() throws IOException {
        Path root = SourceTree.root();
        List<Path> stale = new DocumentWriter(root)
                .stale(root).keySet().stream().map(root::relativize).toList();
        assertEquals(List.of(), stale, "make them again with: ./mitosis docs --pages");
    }

    /** What is generated stands in the documents: a part that nobody shows would go stale unseen. */
    @Test
    void everyGeneratedPartIsShown() {
        String documents =
                SourceTree.files(".md").stream().map(SourceTree::text).collect(Collectors.joining());
        List<String> absent = new DocumentWriter(SourceTree.root())
                .names().stream()
                        .filter(name -> !documents.contains("<!-- begin " + name + " -->\n"))
                        .toList();
        assertEquals(List.of(), absent);
    }

    @Test
    void everyLinkInTheDocumentsLeadsSomewhere() {
        List<String> broken = new ArrayList<>();
        for (Path document : SourceTree.files(".md")) {
            LINK.matcher(SourceTree.text(document)).results().forEach(found -> {
                Path target = document.resolveSibling(found.group(1));
                if (!Files.exists(target)) {
                    broken.add(document + ": " + found.group(1));
                }
            });
        }
        assertEquals(List.of(), broken);
    }

    /** A file is named by the end of its path: {@code hal/Frames.java} finds mm-core's. */
    @Test
    void everyFileThatTheDocumentsNameExists() {
        List<Path> files = SourceTree.files(".java", ".conf", ".md", ".cff", ".csv", ".c", ".h", ".xml");
        List<String> missing = new ArrayList<>();
        for (Path document : SourceTree.files(".md")) {
            NAMED_FILE.matcher(SourceTree.text(document)).results().forEach(found -> {
                String name = found.group(1);
                boolean placeholder = name.startsWith("My")
                        || name.contains("/My")
                        || name.startsWith("my")
                        || name.contains("/my")
                        || name.contains("NNNN");
                if (!placeholder && files.stream().noneMatch(file -> file.endsWith(name))) {
                    missing.add(document + ": " + name);
                }
            });
        }
        assertEquals(List.of(), missing);
    }

    @Test
    void theDocumentsAreThere() {
        for (String name : List.of(
                "README.md",
                "CONTRIBUTING.md",
                "LICENSE",
                "CITATION.cff",
                "CHANGELOG.md",
                "SECURITY.md",
                "docs/caveats.md",
                "docs/research-foundations.md")) {
            assertTrue(Files.isRegularFile(SourceTree.root().resolve(name)), name);
        }
    }
}
