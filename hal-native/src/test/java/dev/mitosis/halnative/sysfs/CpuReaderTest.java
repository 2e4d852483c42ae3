package dev.mitosis.halnative.sysfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halnative.CapturedTree;
import dev.mitosis.halnative.files.Bitmasks;
import dev.mitosis.halnative.topology.CpuKind;
import dev.mitosis.halnative.topology.HostCore;
import dev.mitosis.halnative.topology.NodeAccess;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CpuReaderTest {
    private static final String CPUS = "sys/devices/system/cpu/";

    @TempDir
    private Path root = Path.of(".");

    private CapturedTree tree = new CapturedTree(root);

    @BeforeEach
    void aMachine() throws IOException {
        tree = new CapturedTree(root);
        tree.write(CPUS + "online", "0-5\n");
    }

    @Test
    void threadsOfACoreAreOneCoreWithoutThoseOffline() throws IOException {
        tree.write(CPUS + "online", "0-2\n"); // 3 is offline
        for (int cpu = 0; cpu < 3; cpu++) {
            tree.write(CPUS + "cpu" + cpu + "/topology/core_cpus", cpu % 2 == 0 ? "5\n" : "a\n");
            tree.write(CPUS + "cpu" + cpu + "/topology/core_id", (cpu % 2) + "\n");
            tree.write(CPUS + "cpu" + cpu + "/topology/physical_package_id", "1\n");
        }
        List<HostCore> cores = tree.read().details().cores();
        assertEquals(
                List.of(
                        new HostCore(1, -1, 0, Bitmasks.parseList("0,2")),
                        new HostCore(1, -1, 1, Bitmasks.parseList("1"))),
                cores);
    }

    @Test
    void aKernelThatDoesNotTellHasNoCores() {
        assertEquals(List.of(), tree.read().details().cores());
        assertEquals(List.of(), tree.read().details().kinds());
    }

    @Test
    void intelsHybridProcessorsHaveTwoKinds() throws IOException {
        tree.write("sys/devices/cpu_core/cpus", "0-3\n");
        tree.write("sys/devices/cpu_atom/cpus", "4-5\n");
        assertEquals(
                List.of(
                        new CpuKind("cpu_core", Bitmasks.parseList("0-3"), -1, -1),
                        new CpuKind("cpu_atom", Bitmasks.parseList("4-5"), -1, -1)),
                tree.read().details().kinds());
    }

    @Test
    void armsBigAndLittleDifferInCapacity() throws IOException {
        for (int cpu = 0; cpu < 6; cpu++) {
            tree.write(CPUS + "cpu" + cpu + "/cpu_capacity", cpu < 4 ? "446\n" : "1024\n");
        }
        List<CpuKind> kinds = tree.read().details().kinds();
        assertEquals(2, kinds.size());
        assertEquals(new CpuKind("", Bitmasks.parseList("4-5"), 1024, -1), kinds.get(1));
    }

    @Test
    void equalCoresThatDifferInTheirHighestFrequencyAreOneKind() throws IOException {
        for (int cpu = 0; cpu < 6; cpu++) {
            tree.write(CPUS + "cpu" + cpu + "/cpufreq/base_frequency", "2000000\n");
            tree.write(CPUS + "cpu" + cpu + "/cpufreq/cpuinfo_max_freq", (4000000 + cpu * 100000) + "\n");
        }
        assertEquals(List.of(), tree.read().details().kinds());
    }

    @Test
    void aMaskThatIsNoneIsRefusedWithItsFile() throws IOException {
        tree.write(CPUS + "cpu0/topology/core_cpus", "x\n");
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, tree::read);
        assertTrue(String.valueOf(refused.getMessage()).startsWith("/" + CPUS + "cpu0/topology/core_cpus: "));
    }

    @Test
    void accessClassesNameTheirInitiators() throws IOException {
        String node = "sys/devices/system/node/node1/";
        tree.write("sys/devices/system/node/node0/cpumap", "3f\n");
        tree.write(node + "cpumap", "0\n");
        tree.write(node + "access0/initiators/node0/x", "\n");
        tree.write(node + "access0/initiators/read_latency", "250\n");
        tree.write(node + "access0/initiators/write_latency", "260\n");
        tree.write(node + "access0/initiators/read_bandwidth", "9000\n");
        assertEquals(
                List.of(new NodeAccess(1, 0, Bitmasks.parseList("0"), 250, 260, 9000, -1)),
                tree.read().details().accesses());
    }

    @Test
    void aCapturedMachineWithKinds() throws IOException {
        List<CpuKind> kinds =
                CapturedTree.archive("fakeheterocpunuma").details().kinds();
        assertEquals(
                List.of(
                        new CpuKind("foo_baz", Bitmasks.parseList("0-7"), 234, 2500000),
                        new CpuKind("foo_baz", Bitmasks.parseList("8-11"), 234, 1200000),
                        new CpuKind("foo_bar", Bitmasks.parseList("12-23"), 1025, 1200000)),
                kinds);
    }

    @Test
    void aCapturedMachineWithAccessClasses() throws IOException {
        List<NodeAccess> accesses = CapturedTree.archive("fakememinitiators-1np2c+1npp+gi")
                .details()
                .accesses();
        assertTrue(accesses.contains(new NodeAccess(9, 0, Bitmasks.parseList("3"), 26, 26, 131072, 131072)));
        assertTrue(accesses.contains(new NodeAccess(7, 0, Bitmasks.parseList("4"), 8, 8, 8192, 8192)));
        assertTrue(accesses.contains(new NodeAccess(7, 1, Bitmasks.parseList("0,2"), 77, 77, 78644, 78644)));
        assertEquals(12, accesses.size()); // nodes 5 to 10, two classes each
    }
}
