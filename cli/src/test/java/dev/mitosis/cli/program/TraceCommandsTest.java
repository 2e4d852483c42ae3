package dev.mitosis.cli.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.cli.CommandRegistry;
import dev.mitosis.cli.Main;
import dev.mitosis.workloads.trace.format.TraceFormat;
import dev.mitosis.workloads.trace.format.TraceFormatRegistry;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.Stream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** Traces of other tools, from the command line to an answer. */
class TraceCommandsTest {
    private static final int ACCESSES = 20_000;

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

    /** Loads of a heap of 64 MiB and of a stack, as lackey prints them. */
    private Path lackey(String name) throws IOException {
        Random random = new Random(1);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < ACCESSES / 2; i++) {
            text.append("I  00401000,4\n S ").append(Long.toHexString(0x1fff000000L - 64L * random.nextInt(100)));
            text.append(",8\nI  00401004,4\n L ").append(Long.toHexString(0x5000000 + 64L * random.nextInt(1 << 20)));
            text.append(",8\n");
        }
        return Files.writeString(folder.resolve(name), text);
    }

    private Path champSim(String name) throws IOException {
        Random random = new Random(1);
        ByteBuffer records = ByteBuffer.allocate(64 * ACCESSES).order(ByteOrder.LITTLE_ENDIAN);
        for (int i = 0; i < ACCESSES; i++) {
            // One register is written and four are read.
            records.putLong(64 * i, 0x400000)
                    .putLong(64 * i + 8, 0x4019_0605_0003_0000L)
                    .putLong(64 * i + 32, 0x7f00_0000_0000L + 64L * random.nextInt(1 << 20));
        }
        Path file = folder.resolve(name);
        try (OutputStream gzip = new GZIPOutputStream(Files.newOutputStream(file))) {
            gzip.write(records.array());
        }
        return file;
    }

    private String replayed(Path trace) {
        assertEquals(0, execute("replay", trace, "--policies", "migrate", "--format", "json"), err.toString());
        String json = out.toString();
        assertTrue(json.contains("\"unexplainedAccesses\" : 0"), json);
        assertTrue(json.contains("\"accesses\" : " + ACCESSES), json);
        return json;
    }

    @Test
    void aConvertedTraceAnswersAsTheTraceItselfDoes() throws IOException {
        for (Path trace : List.of(lackey("heap.txt"), champSim("heap.gz"))) {
            Path made = folder.resolve("made.mtrace");
            assertEquals(0, execute("convert", trace, "-o", made), err.toString());
            assertTrue(err.toString().contains("20,000 accesses of 1 thread"), err.toString());
            assertEquals("", out.toString());
            assertEquals(runtimes(replayed(trace)), runtimes(replayed(made)));
        }
    }

    private static List<String> runtimes(String json) {
        List<String> found = json.lines()
                .map(String::strip)
                .filter(line -> line.startsWith("\"runtimeCycles\""))
                .toList();
        assertEquals(2, found.size(), json);
        return found;
    }

    @Test
    void everyFormatThatIsWrittenLeadsBackToAnAnswer() throws IOException {
        Path trace = lackey("heap.txt");
        Path own = folder.resolve("own.mtrace");
        assertEquals(0, execute("convert", trace, "-o", own), err.toString());
        List<String> written = new ArrayList<>();
        String refusal = "";
        for (TraceFormat format : TraceFormatRegistry.formats()) {
            Path made = folder.resolve("made." + format.name());
            int exit = execute("convert", own, "--to", format.name(), "-o", made);
            if (exit == 0) {
                written.add(format.name());
                replayed(made);
            } else {
                assertEquals(2, exit);
                refusal = err.toString();
                assertTrue(refusal.contains("only read"), refusal);
                assertTrue(Files.notExists(made));
            }
        }
        for (String name : written) {
            assertTrue(refusal.matches("(?s).*--to may be .*\\b" + name + "\\b.*"), refusal);
        }
    }

    @Test
    void aTraceThatWasCutShortAnswersForWhatIsThere() throws IOException {
        Path made = folder.resolve("made.mtrace");
        assertEquals(0, execute("convert", champSim("heap.gz"), "-o", made), err.toString());
        byte[] whole = Files.readAllBytes(made);
        Path part = Files.write(folder.resolve("made.mtrace.part"), Arrays.copyOf(whole, whole.length - 10));
        assertEquals(0, execute("replay", part, "--policies", "migrate"), err.toString());
        assertTrue(out.toString().contains("note: the trace ends before its program does"), out.toString());
        assertTrue(out.toString().contains("20,000 accesses"), out.toString());
        assertEquals(0, execute("convert", part, "-o", made), err.toString());
        assertTrue(err.toString().contains("cut short"), err.toString());
    }

    @Test
    void aPartOfATraceIsReplayedWhenAskedFor() throws IOException {
        Path trace = lackey("heap.txt");
        assertEquals(0, execute("replay", trace, "--last", "5k", "--policies", "migrate"), err.toString());
        assertTrue(out.toString().contains("20,000 accesses"), out.toString());
        assertTrue(out.toString().contains("of the accesses are in the trace"), out.toString());
        assertEquals(0, execute("replay", trace, "--first", "5k", "--policies", "migrate"), err.toString());
        assertTrue(out.toString().contains("5,000 accesses"), out.toString());
        assertEquals(
                0,
                execute(
                        "replay",
                        trace,
                        "--every",
                        "2k",
                        "--window",
                        "200",
                        "--warm-up",
                        "100",
                        "--policies",
                        "migrate"),
                err.toString());
        assertFails(2, "exclude each other", "replay", trace, "--first", "5k", "--last", "5k");
        assertFails(2, "exclude each other", "replay", trace, "--first", "5k", "--window", "5k");
        assertFails(2, "--every is a number such as", "replay", trace, "--every", "often");
        assertFails(2, "does not fit", "replay", trace, "--every", "2k", "--window", "3k");
        assertFails(1, "shorter periods", "replay", trace, "--window", "1", "--every", "900G");
    }

    @Test
    void samplesOfManyProcessesAreAllExplained() throws IOException {
        Random random = new Random(1);
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < ACCESSES; i++) {
            int pid = 1000 + random.nextInt(9);
            text.append(pid).append('/').append(pid + random.nextInt(3)).append(" 7f00");
            text.append(String.format("%08x", random.nextInt(1 << 30))).append('\n');
        }
        Path trace = Files.writeString(folder.resolve("samples.txt"), text);
        String json = replayed(trace);
        assertTrue(json.contains("\"processes\" : 9"), json);
        assertTrue(json.contains("no instructions"), json);
    }

    @Test
    void theHelpOfConvertNamesEveryFormat() {
        assertEquals(0, execute("convert", "--help"));
        for (TraceFormat format : TraceFormatRegistry.formats()) {
            assertTrue(out.toString().contains("  " + format.name() + " "), format.name());
        }
    }

    @Test
    void aDamagedTraceIsOneLineWithThePlaceAndLeavesNothing() throws IOException {
        Path trace = lackey("heap.txt");
        Files.writeString(trace, Files.readString(trace) + "oops\n");
        Path old = Files.writeString(folder.resolve("made.mtrace"), "old");
        assertEquals(1, execute("convert", trace, "-o", old));
        assertEquals("mitosis: " + trace + ": line 40001: 'oops' is not understood\n", err.toString());
        assertEquals("old", Files.readString(old));
        assertEquals(1, execute("replay", trace));
        assertEquals("mitosis: " + trace + ": line 40001: 'oops' is not understood\n", err.toString());
        try (Stream<Path> left = Files.list(folder)) {
            assertEquals(List.of(trace, old), left.sorted().toList());
        }
    }

    @Test
    void whatCannotBeDoneIsOneLineWithItsExitCode() throws IOException {
        Path trace = lackey("heap.txt");
        Path empty = Files.writeString(folder.resolve("empty"), "");
        Path diary = Files.writeString(folder.resolve("diary"), "Dear diary,\n");
        Path code = Files.writeString(folder.resolve("code"), "I  00401000,4\n");
        Path made = folder.resolve("made.mtrace");
        assertFails(2, "unknown trace format 'lacky'", "convert", "--from", "lacky", trace, "-o", made);
        assertFails(2, "unknown trace format 'lacky'", "convert", "--to", "lacky", trace, "-o", made);
        assertFails(2, "is a directory", "convert", trace, "-o", folder);
        assertFails(2, "missing required option", "convert", trace);
        assertFails(1, "no such file", "convert", folder.resolve("none"), "-o", made);
        assertFails(
                1,
                "no such file",
                "convert",
                trace,
                "-o",
                folder.resolve("none").resolve("made"));
        assertFails(1, "is a directory", "convert", folder, "-o", made);
        assertFails(1, "the trace is empty", "convert", empty, "-o", made);
        assertFails(1, "--from can name its format", "convert", diary, "-o", made);
        assertFails(1, "without an access", "convert", code, "-o", made);
        assertFails(1, "byte 0: not a trace of Mitosis", "convert", "--from", "mitosis", trace, "-o", made);
        assertFails(2, "unknown trace format 'lacky'", "replay", "--from", "lacky", trace);
        assertFails(1, "--from can name its format", "replay", diary);
        assertTrue(Files.notExists(made));
    }

    private void assertFails(int exit, String what, Object... words) {
        assertEquals(exit, execute(words), err.toString());
        assertEquals("", out.toString());
        assertEquals(1, err.toString().lines().count(), err.toString());
        assertTrue(err.toString().contains(what), err.toString());
    }

    @Test
    void numactlsOptionsPlaceAReplayOnTheSimulatedMachine() throws IOException {
        Path trace = lackey("placed.txt");
        assertEquals(
                0,
                execute("replay", trace, "-N", "0", "--membind=2", "--policies", "mitosis", "--format", "json"),
                err.toString());
        String json = out.toString();
        assertTrue(json.contains("placed by you: threads on processors 0-13, memory bound to node 2"), json);
        assertTrue(json.contains("\"scenario\" : \"placed\""), json);
        assertFalse(json.contains("\"moved\""), json);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "-N 4|--cpunodebind: the machine has no node 4, only 0 to 3",
                "-C 56|--physcpubind: the machine has no processor 56, only 0 to 55",
                "-C x|--physcpubind: not a list of ranges: 'x'",
                "-m 0 -i 1|--interleave: memory can come by one policy only",
                "-l -p 1|--preferred: memory can come by one policy only",
                "-p 0-1|--preferred: one node, not '0-1'",
                "-N 0 -C 0|--cpunodebind and --physcpubind both say where threads run; use one",
                "-N 0 --scenario wide|--scenario cannot stand beside -N, -C, -m, -i, -w, -p, -P or -l, which place the program too;"
            })
    void aPlacementThatIsNoneIsRefused(String options, String message) throws IOException {
        List<Object> words = new ArrayList<>(List.of("replay", lackey("refused.txt")));
        words.addAll(List.of(options.split(" ", -1)));
        assertEquals(2, execute(words.toArray()));
        assertTrue(err.toString().startsWith("mitosis: " + message), err.toString());
        assertEquals(1, err.toString().lines().count());
    }
}
