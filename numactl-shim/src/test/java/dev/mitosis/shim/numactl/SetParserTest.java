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
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

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
        write("proc/self/status", "Cpus_allowed:\t1f\nMems_allowed:\t0000000b\n");
        Console console = new Console(
                new PrintStream(err, true, StandardCharsets.UTF_8), new PrintStream(err, true, StandardCharsets.UTF_8));
        HostView host = HostView.of(new FolderFiles(root), new LibcCalls());
        parser = new SetParser(host, new DeviceNodes(root, console), console);
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
}
