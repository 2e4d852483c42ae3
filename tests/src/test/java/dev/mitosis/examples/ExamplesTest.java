package dev.mitosis.examples;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.StringWriter;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Each example is at most 60 lines, compiles without a warning, and prints what its last comment says. */
class ExamplesTest {
    private static final int MAX_LINES = 60;

    /** Surefire may hand the class path over in a jar's manifest, and keeps the real one apart. */
    private static final String CLASS_PATH =
            System.getProperty("surefire.test.class.path", System.getProperty("java.class.path"));

    private static final Pattern PRINTS = Pattern.compile("(?s)/\\* Prints:\n(.*)\n\\*/\n$");

    @TempDir
    Path classes = Path.of("");

    @TestFactory
    List<DynamicTest> everyExamplePrintsWhatItSays() throws IOException {
        List<Path> examples;
        try (Stream<Path> files = Files.list(Path.of(System.getProperty("mitosis.root"), "examples"))) {
            examples = files.filter(file -> file.toString().endsWith(".java"))
                    .sorted()
                    .toList();
        }
        assertEquals(10, examples.size(), examples.toString());
        return examples.stream()
                .map(example -> DynamicTest.dynamicTest(String.valueOf(example.getFileName()), () -> check(example)))
                .toList();
    }

    private void check(Path example) throws Exception {
        String source = Files.readString(example);
        assertTrue(source.lines().count() <= MAX_LINES, source.lines().count() + " lines");
        Matcher prints = PRINTS.matcher(source);
        assertTrue(prints.find(), "the last comment does not begin with 'Prints:'");
        Path folder = Files.createDirectory(classes.resolve(String.valueOf(example.getFileName())));
        compile(example, folder);
        assertEquals(
                prints.group(1),
                run(folder, String.valueOf(example.getFileName())).stripTrailing());
    }

    private static void compile(Path example, Path folder) throws IOException {
        JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
        StringWriter said = new StringWriter();
        try (var files = compiler.getStandardFileManager(null, null, StandardCharsets.UTF_8)) {
            List<String> options = List.of(
                    "-d",
                    folder.toString(),
                    "-cp",
                    CLASS_PATH,
                    "-Xlint:all,-processing,-path,-classfile",
                    "-Werror",
                    "-proc:none");
            boolean compiled = compiler.getTask(said, files, null, options, null, files.getJavaFileObjects(example))
                    .call();
            assertTrue(compiled, said.toString());
        }
    }

    /** Runs the class of {@code 01_Name.java} and returns what it printed. */
    private static String run(Path folder, String file) throws Exception {
        String name = file.replaceFirst("^\\d+_", "").replaceFirst("\\.java$", "");
        ByteArrayOutputStream printed = new ByteArrayOutputStream();
        PrintStream out = System.out;
        try (URLClassLoader loader =
                        new URLClassLoader(new URL[] {folder.toUri().toURL()}, ExamplesTest.class.getClassLoader());
                PrintStream captured = new PrintStream(printed, true, StandardCharsets.UTF_8)) {
            Method main = loader.loadClass(name).getDeclaredMethod("main", String[].class);
            main.setAccessible(true);
            System.setOut(captured);
            main.invoke(null, (Object) new String[0]);
        } finally {
            System.setOut(out);
        }
        return printed.toString(StandardCharsets.UTF_8);
    }
}
