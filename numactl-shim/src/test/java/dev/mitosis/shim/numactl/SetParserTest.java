package dev.mitosis.shim.numactl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import dev.mitosis.halnative.files.FolderFiles;
import dev.mitosis.halnative.libc.LibcCalls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Node strings on a machine whose nodes are 0, 1, 2 and 4, where 2 has no memory and the task may not use 4. */
class SetParserTest {
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @TempDir
    Path root;

    private SetParser parser;

    @BeforeEach
    void captureAMachine() throws IOException {
        write("sys/devices/system/node/online", "0-2,4");
        for (int node : new int[] {0, 1, 2, 4}) {
            String folder = "sys/devices/system/node/node" + node + "/";
            write(folder + "meminfo", "Node " + node + " MemTotal: " + (node == 2 ? 0 : 1024) + " kB\n");
            write(folder + "cpulist", String.valueOf(node));
            write(folder + "distance", "10 20 20 20");
        }
        write("sys/devices/system/cpu/possible", "0-4");
        write("sys/devices/system/cpu/online", "0-4");
        write("proc/self/status", "Name:\ttest\nCpus_allowed:\t1f\nMems_allowed:\t0000000b\n");
        parser = freshParser();
    }

    private SetParser freshParser() {
        Console console = new Console(
                new PrintStream(err, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8));
        HostView host = HostView.of(new FolderFiles(root), new LibcCalls());
        return new SetParser(host, new DeviceNodes(root, console), console);
    }

    private void write(String name, String text) throws IOException {
        Path file = root.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
    }

    @Test
    void allReadsAgainstEveryNumberUpToTheHighestNode() {
        assertEquals("{4}", String.valueOf(parser.parseNodes("4", true)));
        assertEquals("{0, 1, 2, 3, 4}", String.valueOf(parser.parseNodes("all", true)));
        assertNull(parser.parseNodes("5", true));
    }

    @Test
    void withoutAllOnlyWhatTheTaskMayUseCounts() {
        assertEquals("{0, 1, 3}", String.valueOf(parser.parseNodes("all", false)));
        assertNull(parser.parseNodes("4", false));
        assertEquals("libnuma: Warning: node argument 4 is out of range\n\n", err.toString(StandardCharsets.UTF_8));
    }

    /** As since numactl 2.0.17; 2.0.16 refuses them. */
    @Test
    void processorsOfANodeWithoutMemoryMayBeUsed() {
        assertEquals("{2}", String.valueOf(parser.parseNodesOfCpus("2", false)));
        assertEquals("{0, 1, 2}", String.valueOf(parser.parseNodesOfCpus("0-2", false)));
        assertEquals("{0, 1, 3}", String.valueOf(parser.parseNodesOfCpus("all", false)));
        assertNull(parser.parseNodes("2", false));
        assertNull(parser.parseNodesOfCpus("4", false)); // it has memory, which the task may not use
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            nullValues = "-",
            value = {
                "''|{}",
                "0|{0}",
                "0,1|{0, 1}",
                "1,0|{0, 1}",
                "0-1|{0, 1}",
                "1-0|{1}", // the first counts, and there is nothing from it up to the last
                "0-3|{0, 1, 3}", // 2 is passed over within a range
                "0-1,3|{0, 1, 3}",
                "0-0|{0}",
                "0,|-",
                ",0|-",
                "0-|-",
                "-1|-",
                "0-4|-",
                "0x1|{1}",
                "01|{1}",
                "1;0|-",
                "0-1-3|-",
                "4294967296|{0}", // numactl's strtoul makes an int of it
                "!0|{1, 2}", // of as many as have memory: 0 to 2
                "!0-1|{2}",
                "!|-",
                "+0|{0}",
                "+1|{1}",
                "+2|{3}", // the third that is allowed
                "+0-1|{0, 1}",
                "+1-2|{1, 3}",
                "+3|-",
                "!+0|{1, 2}",
                "all|{0, 1, 3}",
                "!all|{2, 3}", // 0 to 2 are turned over: three nodes have memory
                "0,all|{0, 1, 3}",
                "all,0|-",
                "none|-",
                "+|-",
            })
    void setsAreReadAsTheyAreWritten(String text, @Nullable String set) {
        assertEquals(
                String.valueOf(set),
                String.valueOf(parser.parseNodes(text, false)),
                err.toString(StandardCharsets.UTF_8));
    }

    @Test
    void processorsAreReadAgainstTheirOwnSet() {
        assertEquals("{0, 1, 2, 3, 4}", String.valueOf(parser.parseCpus("all", false)));
        assertEquals("{3, 4}", String.valueOf(parser.parseCpus("3-4", false)));
        assertEquals("{4}", String.valueOf(parser.parseCpus("!0-3", false)));
        assertNull(parser.parseCpus("5", false));
        assertEquals("libnuma: Warning: cpu argument 5 is out of range\n\n", err.toString(StandardCharsets.UTF_8));
        assertNull(parser.parseCpus("3-5", false));
        assertEquals(
                1,
                err.toString(StandardCharsets.UTF_8)
                        .lines()
                        .filter(line -> !line.isEmpty())
                        .count());
    }

    @Test
    void theFirstMistakeIsSaidInTheWordsOfTheOriginal() {
        assertNull(parser.parseNodes("x0", false));
        assertEquals("libnuma: Warning: unparseable node description `x0'\n\n", err.toString(StandardCharsets.UTF_8));
        err.reset();
        parser = freshParser();
        assertNull(parser.parseNodes("0-x", false));
        assertEquals("libnuma: Warning: missing node argument x\n\n", err.toString(StandardCharsets.UTF_8));
        err.reset();
        parser = freshParser();
        assertNull(parser.parseNodes("0-9", false));
        assertEquals("libnuma: Warning: node argument 9 out of range\n\n", err.toString(StandardCharsets.UTF_8));
    }
}
