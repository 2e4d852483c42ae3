package dev.mitosis.cli.machine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halnative.calibrate.Calibration;
import dev.mitosis.halnative.calibrate.Measured;
import dev.mitosis.halnative.calibrate.PairTable;
import dev.mitosis.halnative.calibrate.Sweeps;
import dev.mitosis.halnative.files.FolderFiles;
import dev.mitosis.halnative.libc.LibcCalls;
import dev.mitosis.halnative.sysfs.SysfsReader;
import dev.mitosis.halnative.topology.HostTopology;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.machine.WalkTimer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CalibratedProfileTest {
    private static final LocalDate DAY = LocalDate.of(2026, 1, 2);

    @TempDir
    private Path root = Path.of(".");

    private HostTopology host(int nodes) throws IOException {
        write("cpu/online", "0-" + (2 * nodes - 1));
        for (int node = 0; node < nodes; node++) {
            write("node/node" + node + "/cpumap", Integer.toHexString(3 << 2 * node));
            write(
                    "node/node" + node + "/meminfo",
                    "Node " + node + " MemTotal: 8388608 kB\nNode 0 MemFree: 8388608 kB\n");
            write("node/node" + node + "/distance", nodes == 1 ? "10" : node == 0 ? "10 21" : "21 10");
            for (int cpu = 2 * node; cpu < 2 * node + 2; cpu++) {
                write("cpu/cpu" + cpu + "/topology/physical_package_id", Integer.toString(node));
                write("cpu/cpu" + cpu + "/topology/core_id", Integer.toString(cpu));
                write("cpu/cpu" + cpu + "/topology/core_cpus", Integer.toHexString(1 << cpu));
            }
        }
        return new SysfsReader(new FolderFiles(root)).read();
    }

    private void write(String file, String text) throws IOException {
        Path path = root.resolve("sys/devices/system").resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text + "\n");
    }

    private static PairTable table(int nodes, double local, double remote) {
        PairTable table = new PairTable(nodes);
        for (int from = 0; from < nodes; from++) {
            for (int to = 0; to < nodes; to++) {
                table.set(from, to, new Measured(from == to ? local : remote, 0.01, 3));
            }
        }
        return table;
    }

    private static Calibration calibration(HostTopology host, PairTable idle) {
        int nodes = host.nodes().size();
        return new Calibration(
                host,
                idle,
                new PairTable(nodes),
                table(nodes, 300, 900),
                table(nodes, 20_000, 9_000),
                new PairTable(nodes),
                List.of(),
                List.of(new Sweeps.Point(4096, 1)),
                List.of(),
                List.of("a note"));
    }

    private MachineProfile load(String text) throws IOException {
        return MachineProfile.load(
                Files.writeString(root.resolve("here.conf"), text).toString());
    }

    @Test
    void twoNodesBecomeTwoSockets() throws IOException {
        String text = CalibratedProfile.write(calibration(host(2), table(2, 100, 230)), null, DAY);
        MachineProfile machine = load(text);
        assertEquals("here", machine.name());
        assertEquals(2, machine.nodes());
        assertEquals(2, machine.coresPerSocket());
        assertEquals(8L << 18, machine.framesPerNode());
        assertEquals(2.3, (double) machine.memoryRemoteCycles() / machine.memoryLocalCycles(), 0.02);
        assertEquals(9000, machine.links().link(1, 0).megabytesPerSecond());
        assertEquals(21, machine.links().link(0, 1).distance());
        assertEquals(3, machine.contentionFactor(), 1e-9);
        assertTrue(text.contains("# Note: a note"), text);
        assertTrue(text.contains("2026-01-02"), text);
    }

    @Test
    void aLoneNodeBorrowsWhatIsFar() throws IOException {
        String text = CalibratedProfile.write(calibration(host(1), table(1, 100, 0)), "4s-haswell-ex", DAY);
        MachineProfile machine = load(text);
        assertEquals(1, machine.nodes());
        MachineProfile four = machine.withSockets(4);
        MachineProfile like = MachineProfile.load("4s-haswell-ex");
        assertEquals(
                (double) like.memoryRemoteCycles() / like.memoryLocalCycles(),
                (double) four.memoryRemoteCycles() / four.memoryLocalCycles(),
                0.02);
        assertTrue(text.contains("not seen on one node: as many times as on 4s-haswell-ex"), text);
    }

    @Test
    void withoutAMeasurementNothingIsWritten() throws IOException {
        Calibration cut = calibration(host(2), new PairTable(2));
        assertEquals(
                "latency from node 0 to 0 was not measured: a larger --budget may help",
                assertThrows(IllegalArgumentException.class, () -> CalibratedProfile.write(cut, null, DAY))
                        .getMessage());
    }

    @Test
    void theReportHasEveryTable() throws IOException {
        Calibration measured = calibration(host(2), table(2, 100, 230));
        String text = CalibrationReport.text(measured);
        assertTrue(text.contains("latency, ns\nnode          0         1\n   0:     100.0     230.0\n"), text);
        assertTrue(text.endsWith("note: a note\n"), text);
        assertTrue(CalibrationReport.csv(measured).contains("\"bandwidth, MB/s\",1,0,9000.000,0.0100,3\n"));
        assertTrue(CalibrationReport.json(measured).contains("\"stable\" : true"));
    }

    @Test
    void aWalkOfRealTablesIsTimed() throws Exception {
        HostTopology here = new SysfsReader(FolderFiles.host()).read();
        Measured[] walks = new WalkTimer().nanosPerWalk(here, new LibcCalls(), 0, new int[] {0}, 1);
        assertTrue(walks[0].value() > 1, walks[0].toString());
    }

    @Test
    void aFileThatIsNoMachineIsRefused() throws IOException {
        String gone = root.resolve("gone.conf").toString();
        assertTrue(String.valueOf(assertThrows(IllegalArgumentException.class, () -> MachineProfile.load(gone))
                        .getMessage())
                .contains("no such file"));
        Path bad = Files.writeString(root.resolve("bad.conf"), "sockets = {");
        assertTrue(
                String.valueOf(assertThrows(IllegalArgumentException.class, () -> MachineProfile.load(bad.toString()))
                                .getMessage())
                        .contains("bad.conf: 1"));
    }
}
