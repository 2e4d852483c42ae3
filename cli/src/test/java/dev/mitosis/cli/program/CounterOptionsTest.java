package dev.mitosis.cli.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.cli.CommandRegistry;
import dev.mitosis.cli.Main;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** {@code --counters} from the command line. */
class CounterOptionsTest {
    private static final String COUNTERS =
            """
             Performance counter stats for './heap' (5 runs):

                   100,000,000      cycles                                    ( +-  0.50% )
                    80,000,000      instructions                              ( +-  0.10% )
                    15,000,000      dtlb_load_misses.walk_active              ( +-  1.00% )
                       900,000      dtlb_load_misses.walk_completed           ( +-  1.00% )
            """;

    @TempDir
    private Path folder = Path.of(".");

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int execute(Object... words) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        CommandLine line = Main.commandLine(CommandRegistry.commands());
        line.setOut(new PrintWriter(out));
        line.setErr(new PrintWriter(err));
        return line.execute(Stream.of(words).map(Object::toString).toArray(String[]::new));
    }

    private Path file(String name, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }

    private Path trace() throws IOException {
        Random random = new Random(1);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < 10_000; i++) {
            text.append("I  00401004,4\n L ").append(Long.toHexString(0x5000000 + 64L * random.nextInt(1 << 20)));
            text.append(",8\n");
        }
        return file("heap.txt", text.toString());
    }

    @Test
    void aReplayIsFittedToCounters() throws IOException {
        Path counters = file("perf.txt", COUNTERS);
        assertEquals(0, execute("replay", trace(), "--counters", counters, "--policies", "migrate"), err.toString());
        assertTrue(out.toString().contains("Fitted to 1 sample of counters"), out.toString());
        assertTrue(out.toString().contains("15.0% of the cycles are walks"), out.toString());
        assertEquals(
                0,
                execute("replay", trace(), "--counters", counters, "--counters", counters, "--policies", "migrate"),
                err.toString());
        assertTrue(out.toString().contains("Fitted to 2 samples of counters"), out.toString());
    }

    @Test
    void withoutAProgramTheAnswerIsBounds() throws IOException {
        Path counters = file("perf.txt", COUNTERS);
        assertEquals(0, execute("whatif", "--counters", counters, "--machine", "2s-ice-lake"), err.toString());
        assertTrue(out.toString().startsWith("Counters alone, 1 sample, on 2s-ice-lake: 15.0%"), out.toString());
        assertEquals(0, execute("whatif", "--counters", counters, "--format", "csv"), err.toString());
        assertTrue(out.toString().startsWith("scenario,most,"), out.toString());
    }

    @Test
    void whatCannotBeReadEndsWithOneLine() throws IOException {
        assertEquals(1, execute("whatif", "--counters", file("bad", "1,,cycles,1,100.00,,\n-3,,cycles,1,100.00,,\n")));
        assertEquals("mitosis: " + folder.resolve("bad") + ":2: a negative count: -3\n", err.toString());
        assertEquals(1, execute("replay", trace(), "--counters", folder.resolve("none")));
        assertEquals("mitosis: " + folder.resolve("none") + ": no such file or directory\n", err.toString());
        assertEquals(2, execute("whatif"));
        assertEquals(
                "mitosis: name the program to record, as in: ./mitosis whatif -- sort -n numbers.txt\n",
                err.toString());
        assertEquals("", out.toString());
    }
}
