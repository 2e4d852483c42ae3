package dev.mitosis.halnative.inspect;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halnative.files.FolderFiles;
import dev.mitosis.halnative.sysfs.SysfsReader;
import dev.mitosis.halnative.topology.HostTopology;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ProcessViewTest {
    @TempDir
    private Path root = Path.of(".");

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private static NumaMaps parse(String text) throws IOException {
        return NumaMaps.parse(new BufferedReader(new StringReader(text)));
    }

    @Test
    void pagesOfAllSizesAreSummedByNode() throws IOException {
        NumaMaps maps = parse(
                """
                7f0000000000 default anon=3 dirty=3 N0=1 N1=2 kernelpagesize_kB=4
                7f1000000000 bind:1 file=/dev/hugepages/N0=x huge anon=2 dirty=2 N1=2 kernelpagesize_kB=2048
                7f2000000000 default file=/lib/N=1.so mapped=5 N0=5 kernelpagesize_kB=4
                7f3000000000 interleave:0-1 stack
                """);
        assertEquals(Map.of(0, 6L * 4096, 1, 2L * 4096 + (4L << 20)), maps.bytesOfNode());
        assertEquals(Map.of(0, 4096L, 1, 2L * 4096 + (4L << 20)), maps.privateBytesOfNode());
        assertEquals(4, maps.areas());
    }

    @ParameterizedTest
    @ValueSource(strings = {"nonsense", "7f00 default N0=many", "7f00 default N0=3 kernelpagesize_kB="})
    void whatIsNoAreaIsRefusedWithItsLine(String line) {
        IOException refused = assertThrows(IOException.class, () -> parse("7f00 default\n" + line + "\n"));
        assertTrue(String.valueOf(refused.getMessage()).startsWith("numa_maps:2: "), refused.getMessage());
    }

    private HostTopology twoNodes() throws IOException {
        write("sys/devices/system/cpu/online", "0-3");
        for (int node = 0; node < 2; node++) {
            String folder = "sys/devices/system/node/node" + node;
            write(folder + "/cpumap", Integer.toHexString(3 << 2 * node));
            write(folder + "/meminfo", "Node 0 MemTotal: 8 kB\nNode 0 PageTables:   " + (100 + node) + " kB\n");
        }
        return new SysfsReader(new FolderFiles(root)).read();
    }

    private void thread(int number, int cpu) throws IOException {
        String fields = "S 1 1 1 0 -1 4194560 0 0 0 0 0 0 0 0 20 0 1 0 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 17";
        write("proc/42/task/" + number + "/stat", number + " (a ) b) " + fields + " " + cpu + " 0 0\n");
    }

    @Test
    void aProcessWhosePagesAreElsewhereWalksThere() throws IOException {
        HostTopology host = twoNodes();
        write("proc/42/status", "Name:\tsome thing\nVmRSS:\t    4000 kB\nVmPTE:\t      64 kB\n");
        write("proc/42/smaps_rollup", "Rss: 4000 kB\nAnonHugePages:      1000 kB\n");
        write("proc/42/numa_maps", "7f00 default anon=750 N0=750 kernelpagesize_kB=4\n7f10 default anon=250 N1=250\n");
        thread(42, 3);
        thread(43, 2);
        thread(44, 3);
        thread(45, 0);
        ProcessView view = ProcessView.read(root, 42, host);
        assertEquals("some thing", view.name());
        assertEquals(64 << 10, view.tableBytes());
        assertEquals(Map.of(0, 1, 1, 3), view.threadsOfNode());
        assertEquals(Map.of(0, 100L << 10, 1, 101L << 10), view.tableBytesOfNode());
        assertEquals(0.25, view.hugeShare().orElseThrow(), 1e-9);
        // One thread of four is where 75 % of the pages are, three where 25 % are.
        assertEquals(1 - (0.25 * 0.75 + 0.75 * 0.25), view.remoteWalkShare().orElseThrow(), 1e-9);
    }

    @Test
    void whatIsNotKnownIsNotGuessed() throws IOException {
        HostTopology host = twoNodes();
        write("proc/42/status", "Name:\tx\nVmSize:\t 8 kB\n");
        write("proc/42/task/42/stat", "not a line");
        ProcessView view = ProcessView.read(root, 42, host);
        assertEquals(-1, view.tableBytes());
        assertEquals(Optional.empty(), view.remoteWalkShare());
        assertEquals(Optional.empty(), view.hugeShare());
        assertEquals(
                "the kernel has no numa_maps: where pages are is not known",
                view.notes().get(0));
        assertEquals(
                "there is no process 43",
                assertThrows(IOException.class, () -> ProcessView.read(root, 43, host))
                        .getMessage());
    }

    @Test
    void aThreadOfTheKernelHasNoMemoryOfItsOwn() throws IOException {
        HostTopology host = twoNodes();
        write("proc/2/status", "Name:\tkthreadd\nThreads:\t1\n");
        write("proc/2/numa_maps", "");
        write("proc/2/task/2/stat", "2 (kthreadd) S 0\n");
        ProcessView view = ProcessView.read(root, 2, host);
        assertEquals(1, view.notes().size(), view.notes().toString());
        assertTrue(
                view.notes().get(0).startsWith("a thread of the kernel"),
                view.notes().toString());
        assertEquals(Optional.empty(), view.remoteWalkShare());
    }

    @Test
    void framesOfTablesAreCountedByNode() throws IOException {
        write(
                "proc/zoneinfo",
                """
                Node 0, zone   Normal
                  pages free 1
                        spanned  4
                  start_pfn:           2
                Node 1, zone   Normal
                        spanned  10
                  start_pfn:  6
                """);
        ByteBuffer flags = ByteBuffer.allocate(8 * 9).order(ByteOrder.nativeOrder());
        for (int frame : new int[] {0, 2, 5, 6, 8}) {
            flags.putLong(8 * frame, 1L << 26 | 1);
        }
        flags.putLong(8 * 7, ~(1L << 26));
        Path file = Files.write(root.resolve("kpageflags"), flags.array());
        assertEquals(Map.of(0, 2L, 1, 2L), TableFrames.count(new FolderFiles(root), file));
    }

    @Test
    void thisProcessIsSeen() throws IOException {
        HostTopology host = new SysfsReader(FolderFiles.host()).read();
        int pid = (int) ProcessHandle.current().pid();
        ProcessView view = ProcessView.read(Path.of("/"), pid, host);
        assertTrue(view.residentBytes() > 1 << 20, view.toString());
        assertTrue(view.tableBytes() > 0, view.toString());
        assertTrue(
                view.threadsOfNode().values().stream().mapToInt(count -> count).sum() > 0, view.toString());
    }
}
