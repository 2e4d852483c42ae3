package dev.mitosis.halnative;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class NodeDirectoryTest {
    @TempDir
    private Path sys = Path.of(".");

    private void write(String file, String text) throws IOException {
        Path path = sys.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private static BitSet set(int... numbers) {
        BitSet set = new BitSet();
        for (int number : numbers) {
            set.set(number);
        }
        return set;
    }

    @Test
    void sparseNodesOneWithoutProcessorsAndAnOfflineProcessor() throws IOException {
        write("devices/system/cpu/online", "0-2,4\n");
        write("devices/system/node/online", "0,2\n");
        write("devices/system/node/node0/cpulist", "0-4\n");
        write("devices/system/node/node0/meminfo", "Node 0 MemTotal:   2048 kB\nNode 0 MemFree:  1024 kB\n");
        write("devices/system/node/node0/distance", "10 40\n");
        write("devices/system/node/node2/cpulist", "\n");
        write("devices/system/node/node2/meminfo", "Node 2 MemTotal:   4096 kB\nNode 2 MemFree:  4096 kB\n");
        write("devices/system/node/node2/distance", "40 10\n");
        HostTopology host = NodeDirectory.read(sys);
        assertEquals(set(0, 2), host.nodes());
        assertEquals(set(0, 1, 2, 4), host.cpus());
        assertEquals(List.of(40, 10), host.configured().get(1).distances());
        assertEquals(2L << 20, host.configured().get(0).sizeBytes());
        assertTrue(host.cpusOf(set(2)).isEmpty());
        assertEquals(set(0), host.nodesOf(set(4)));
    }

    @Test
    void anOldTreeHasMasksAndNoListOfNodes() throws IOException {
        write("devices/system/cpu/online", "0-35\n");
        write("devices/system/node/node0/cpumap", "0000000f,00000003\n");
        write("devices/system/node/node1/cpumap", "00000000,0000000c\n");
        HostTopology host = NodeDirectory.read(sys);
        assertEquals(set(0, 1, 32, 33, 34, 35), host.configured().get(0).cpus());
        assertEquals(set(2, 3), host.configured().get(1).cpus());
        assertEquals(-1, host.configured().get(0).sizeBytes());
    }

    @Test
    void aHostWithoutNumaIsOneNode() throws IOException {
        write("devices/system/cpu/online", "0-7\n");
        HostTopology host = NodeDirectory.read(sys);
        assertEquals(1, host.configured().size());
        assertEquals(8, host.cpus().cardinality());
    }

    @Test
    void nonsenseIsRefusedWithItsFile() throws IOException {
        write("devices/system/node/online", "zero\n");
        IOException refused = assertThrows(IOException.class, () -> NodeDirectory.read(sys));
        assertTrue(String.valueOf(refused.getMessage()).contains("node/online"), refused.getMessage());
    }

    @Test
    void listsAreReadAndPrintedAlike() {
        for (String list : List.of("", "0", "0-3", "0,2,4-7,9")) {
            assertEquals(list, IdList.print(IdList.parse(list)));
        }
        assertThrows(IllegalArgumentException.class, () -> IdList.parse("3-1"));
        assertThrows(IllegalArgumentException.class, () -> IdList.parse("1,,2"));
    }

    @Test
    void thisHostIsReadable() throws IOException, NativeError {
        HostTopology host = NodeDirectory.read(Path.of("/sys"));
        assertTrue(host.cpus().cardinality() >= 1);
        BitSet affinity = HostPolicy.affinity();
        assertTrue(host.cpus().intersects(affinity), affinity + " of " + host.cpus());
    }
}
