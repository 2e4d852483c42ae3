package dev.mitosis.shim.numactl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halnative.HostProbe;
import dev.mitosis.halnative.files.FolderFiles;
import dev.mitosis.halnative.libc.LibNuma;
import dev.mitosis.halnative.libc.LibcCalls;
import dev.mitosis.halnative.topology.HostTopology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** What {@link FourNodeMachineTest} runs inside the machine that it boots; its name keeps it out of other runs. */
class NodesOfTheGuest {
    @TempDir
    private static Path folder = Path.of(".");

    private static List<String> installed = List.of();
    private static final AtomicInteger PROGRAMS = new AtomicInteger();

    @BeforeAll
    static void install() throws IOException {
        installed = InstalledLauncher.in(Files.createDirectory(folder.resolve("installed")));
    }

    static List<String> commandLines() throws IOException {
        return CommandLines.ofNodes().subList(0, Integer.getInteger("mitosis.guest.lines"));
    }

    @ParameterizedTest
    @MethodSource("commandLines")
    void sameArgumentsSameAnswer(String line) throws Exception {
        BothNumactls both = new BothNumactls(folder, EmulatedMachine.PROBE, installed);
        Launched real = both.real(line);
        assertEquals(real, both.ours(line));
        if (real.out().contains("get_mempolicy ") || real.out().contains("\nphyscpubind: ")) {
            PROGRAMS.incrementAndGet();
        }
    }

    /** Affinity and memory policy as the program itself sees them were compared for most lines, not only messages. */
    @AfterAll
    static void mostLinesStartAProgram() throws IOException {
        System.out.println(PROGRAMS + " programs compared affinity and memory policy");
        if (Integer.getInteger("mitosis.guest.lines") == CommandLines.ofNodes().size()) {
            assertTrue(PROGRAMS.get() >= 60, PROGRAMS + " programs");
        }
    }

    @Test
    void theNodesAreThoseThatWereGiven() {
        HostProbe probe = HostProbe.of(FolderFiles.host(), LibNuma.find(), new LibcCalls());
        assertEquals("sysfs and libnuma, which agree", probe.source());
        assertEquals(List.of(), probe.warnings());
        HostTopology topology = probe.topology();
        assertEquals(4, topology.nodes().size());
        for (int from = 0; from < 4; from++) {
            for (int to = 0; to < 4; to++) {
                assertEquals(EmulatedMachine.DISTANCES[from][to], topology.distance(from, to), from + " to " + to);
            }
        }
        assertTrue(topology.nodes().get(0).cpus().get(1));
        assertFalse(topology.nodes().get(1).cpus().get(1));
        assertTrue(topology.nodes().get(2).cpus().get(3));
        assertTrue(topology.nodes().get(3).cpus().isEmpty());
        assertEquals(0, topology.nodes().get(2).sizeBytes());
        assertTrue(topology.nodes().get(3).sizeBytes() > 400 << 20);
    }
}
