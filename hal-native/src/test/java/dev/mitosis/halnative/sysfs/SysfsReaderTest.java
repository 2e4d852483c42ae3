package dev.mitosis.halnative.sysfs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.mitosis.hal.Topology;
import dev.mitosis.halnative.files.ArchiveFiles;
import dev.mitosis.halnative.files.Bitmasks;
import dev.mitosis.halnative.files.FolderFiles;
import dev.mitosis.halnative.topology.HostTopology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SysfsReaderTest {
    @TempDir
    private Path root = Path.of(".");

    private void write(String file, String text) throws IOException {
        Path path = root.resolve("sys/devices/system").resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private HostTopology read() {
        return new SysfsReader(new FolderFiles(root)).read();
    }

    private static HostTopology captured(String name) throws IOException {
        Path archive = Path.of(System.getProperty("mitosis.corpus", ""), "topologies", name + ".tar.bz2");
        assumeTrue(Files.exists(archive), archive + " is not there");
        return new SysfsReader(ArchiveFiles.read(archive)).read();
    }

    @Test
    void sparseNodesOneWithoutProcessorsAndAnOfflineProcessor() throws IOException {
        write("cpu/online", "0-2,4\n");
        write("node/node0/cpumap", "0000001f\n");
        write("node/node0/meminfo", "\nNode 0 MemTotal:   2048 kB\nNode 0 MemFree:  1024 kB\n");
        write("node/node0/distance", "10 40\n");
        write("node/node2/cpumap", "00000000\n");
        write("node/node2/meminfo", "Node 2 MemTotal:   4096 kB\nNode 2 MemFree:  4096 kB\n");
        write("node/node2/distance", "40 10\n");
        HostTopology host = read();
        assertEquals("0,2", Bitmasks.list(host.nodeNumbers()));
        assertEquals("0-4", Bitmasks.list(host.nodes().get(0).cpus()));
        assertEquals(2L << 20, host.nodes().get(0).sizeBytes());
        Topology dense = host.topology();
        assertEquals(2, dense.nodes());
        assertEquals(4, dense.cpus());
        assertEquals(4, host.cpuNumbers()[3]);
        assertEquals(1024, dense.framesOfNode(1)); // 4096 kB / 4 kB
        assertEquals(40, dense.distance(0, 1));
    }

    @Test
    void anOldTreeMarksOfflineProcessorsOneByOneAndHasNoDistances() throws IOException {
        write("cpu/cpu0/topology/core_id", "0\n");
        write("cpu/cpu1/online", "0\n");
        write("cpu/cpu2/online", "1\n");
        write("cpu/cpufreq/x", "\n");
        write("node/node0/cpumap", "0000,00000003\n");
        write("node/node1/cpumap", "0000,00000004\n");
        HostTopology host = read();
        assertEquals("0,2", Bitmasks.list(host.onlineCpus()));
        assertEquals(0, host.distance(0, 1));
        assertEquals(-1, host.nodes().get(0).sizeBytes());
        assertEquals(20, host.topology().distance(0, 1)); // what Linux assumes
    }

    @Test
    void aKernelWithoutNumaIsOneNode() throws IOException {
        write("cpu/online", "0-7\n");
        Files.createDirectories(root.resolve("proc"));
        Files.writeString(root.resolve("proc/meminfo"), "MemTotal:  16 kB\nMemFree:  8 kB\n");
        HostTopology host = read();
        assertFalse(host.isNuma());
        assertEquals(8, host.topology().cpus());
        assertEquals(16384, host.nodes().get(0).sizeBytes());
    }

    @Test
    void nonsenseIsRefusedWithItsFile() throws IOException {
        write("node/node0/cpumap", "zero\n");
        IllegalArgumentException refused = assertThrows(IllegalArgumentException.class, this::read);
        assertTrue(String.valueOf(refused.getMessage()).contains("node0/cpumap"), refused.getMessage());
        write("node/node0/cpumap", "1\n");
        write("node/node0/distance", "ten\n");
        refused = assertThrows(IllegalArgumentException.class, this::read);
        assertTrue(String.valueOf(refused.getMessage()).contains("not a distance: 'ten'"), refused.getMessage());
    }

    @Test
    void columnsOfNodesThatAreOfflineArePassedOver() throws IOException {
        write("cpu/online", "1-3\n");
        write("node/possible", "0-1,3\n");
        write("node/online", "1,3\n");
        write("node/node1/cpumap", "a\n");
        write("node/node1/distance", "255 10 31\n"); // all that are possible
        write("node/node3/distance", "33 10\n"); // all that are online
        HostTopology host = read();
        assertEquals(10, host.distance(0, 0));
        assertEquals(31, host.distance(0, 1));
        assertEquals(33, host.distance(1, 0));
        assertEquals(10, host.distance(1, 1));
        write("node/node1/distance", "10 20 30 40 50\n"); // of what, nobody knows
        assertEquals(0, read().distance(0, 1));
    }

    @Test
    void whatTheFirmwareDoesNotSayIsNotZero() throws IOException {
        write("node/node0/cpumap", "1\n");
        write("node/node0/access0/initiators/node0/x", "");
        write("node/node0/access0/initiators/read_latency", "0\n");
        write("node/node0/access0/initiators/write_bandwidth", "5\n");
        assertEquals(-1, read().details().accesses().get(0).readLatencyNs());
        assertEquals(5, read().details().accesses().get(0).writeMibPerSecond());
    }

    @Test
    void aCacheWhoseSharersAreNotKnownIsNotOneOfEachProcessor() throws IOException {
        write("cpu/online", "0-3\n");
        for (int cpu = 0; cpu < 4; cpu++) {
            write("cpu/cpu" + cpu + "/cache/index3/level", "3\n");
            write("cpu/cpu" + cpu + "/cache/index3/size", "8M\n");
            write("cpu/cpu" + cpu + "/cache/index3/shared_cpu_map", "00000000,00000000\n");
        }
        assertEquals(
                "[HostCache[name=L3, sizeBytes=8388608, ways=0, instances=0]]",
                read().caches().toString());
        for (int cpu = 0; cpu < 4; cpu++) {
            write("cpu/cpu" + cpu + "/cache/index3/shared_cpu_list", cpu < 2 ? "0-1\n" : "2-3\n");
        }
        assertEquals(
                "[HostCache[name=L3, sizeBytes=8388608, ways=0, instances=2]]",
                read().caches().toString());
    }

    @Test
    void numbersBeyond31BitsAreNotKnown() throws IOException {
        write("cpu/online", "0-1\n");
        write("cpu/cpu0/topology/physical_package_id", "4294967296\n");
        write("cpu/cpu1/topology/physical_package_id", "-1\n");
        assertEquals(-1, read().details().cores().get(0).packageId());
        assertEquals(-1, read().details().cores().get(1).packageId());
    }

    @Test
    void cachesAreCountedOncePerGroupOfSharers() throws IOException {
        write("cpu/online", "0-1\n");
        for (int cpu = 0; cpu < 2; cpu++) {
            write("cpu/cpu" + cpu + "/cache/index0/level", "1\n");
            write("cpu/cpu" + cpu + "/cache/index0/type", "Data\n");
            write("cpu/cpu" + cpu + "/cache/index0/size", "32K\n");
            write("cpu/cpu" + cpu + "/cache/index0/shared_cpu_map", (1 << cpu) + "\n");
            write("cpu/cpu" + cpu + "/cache/index3/level", "3\n");
            write("cpu/cpu" + cpu + "/cache/index3/type", "Unified\n");
            write("cpu/cpu" + cpu + "/cache/index3/size", "8M\n");
            write("cpu/cpu" + cpu + "/cache/index3/ways_of_associativity", "16\n");
            write("cpu/cpu" + cpu + "/cache/index3/shared_cpu_map", "3\n");
        }
        assertEquals(
                "[HostCache[name=L1d, sizeBytes=32768, ways=0, instances=2],"
                        + " HostCache[name=L3, sizeBytes=8388608, ways=16, instances=1]]",
                read().caches().toString());
    }

    @Test
    void aCapturedMachineWithSparseNodes() throws IOException {
        HostTopology host = captured("48amd64-4pa2n6c-sparse");
        assertEquals("0-2,33-34,45,72-73", Bitmasks.list(host.nodeNumbers()));
        assertEquals("42-47", Bitmasks.list(host.nodes().get(7).cpus()));
        assertEquals(8386460L * 1024, host.nodes().get(0).sizeBytes());
        assertEquals(22, host.distance(0, 7));
        assertEquals(48, host.topology().cpus());
        assertEquals(7, host.topology().nodeOfCpu(47));
    }

    @Test
    void aCapturedMachineWithNodesWithoutMemoryAndWithoutProcessors() throws IOException {
        HostTopology host = captured("fakememinitiators-1np2c+1npp+gi");
        assertEquals("0-10", Bitmasks.list(host.nodeNumbers()));
        assertEquals(0, host.topology().framesOfNode(0));
        assertTrue(host.nodes().get(10).cpus().isEmpty());
        assertEquals(28, host.distance(10, 0));
        assertEquals(8, host.topology().cpus());
    }

    @Test
    void aCapturedMachineWithAnOfflineProcessor() throws IOException {
        HostTopology host = captured("16amd64-8n2c-cpusets");
        assertEquals("0-3,5-15", Bitmasks.list(host.onlineCpus()));
        assertEquals(15, host.topology().cpus());
        assertEquals(2, host.topology().nodeOfCpu(4)); // processor 5
    }
}
