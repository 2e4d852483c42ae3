package dev.mitosis.halnative;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.verifyNoInteractions;
import static org.mockito.Mockito.when;

import dev.mitosis.halnative.files.Bitmasks;
import dev.mitosis.halnative.files.FolderFiles;
import dev.mitosis.halnative.libc.LibNuma;
import dev.mitosis.halnative.libc.LinuxCalls;
import dev.mitosis.halnative.libc.NumaLibrary;
import dev.mitosis.halnative.sysfs.SysfsReader;
import dev.mitosis.halnative.topology.HostTopology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class HostProbeTest {
    @TempDir
    private Path root = Path.of(".");

    private final LinuxCalls calls = mock(LinuxCalls.class);
    private final NumaLibrary numa = mock(NumaLibrary.class);

    /** Two nodes, 0 and 2; the way back is longer; processor 3 is offline. */
    @BeforeEach
    void aHost() throws IOException {
        write("sys/devices/system/cpu/online", "0-2\n");
        write("sys/devices/system/node/node0/cpumap", "3\n");
        write("sys/devices/system/node/node0/meminfo", "Node 0 MemTotal: 4 kB\n");
        write("sys/devices/system/node/node0/distance", "10 21\n");
        write("sys/devices/system/node/node2/cpumap", "c\n");
        write("sys/devices/system/node/node2/meminfo", "Node 2 MemTotal: 8 kB\n");
        write("sys/devices/system/node/node2/distance", "31 10\n");
        write("proc/cmdline", "BOOT_IMAGE=/vmlinuz root=/dev/sda1\n");
        when(calls.strerror(anyInt())).thenAnswer(call -> "errno " + call.getArgument(0));
        when(numa.isAvailable()).thenReturn(true);
        when(numa.maxNode()).thenReturn(2);
        when(numa.sizeBytes(0)).thenReturn(4096L);
        when(numa.sizeBytes(2)).thenReturn(8192L);
        when(numa.distance(0, 0)).thenReturn(10);
        when(numa.distance(2, 2)).thenReturn(10);
        when(numa.distance(0, 2)).thenReturn(21);
        when(numa.distance(2, 0)).thenReturn(31);
        when(numa.nodeOfCpu(2)).thenReturn(2);
        when(numa.nodeOfCpu(3)).thenReturn(-1);
    }

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private HostProbe probe(Optional<NumaLibrary> library) {
        return HostProbe.of(new FolderFiles(root), library, calls);
    }

    private void refuse(int errno) {
        when(calls.getMempolicy(any(), any(), anyLong(), anyLong(), anyInt())).thenReturn(-errno);
    }

    @Test
    void aPlainHostNeedsNoWarning() {
        HostProbe probe = probe(Optional.of(numa));
        assertEquals(List.of(), probe.warnings());
        assertEquals("sysfs and libnuma, which agree", probe.source());
        assertFalse(probe.readOnly());
    }

    @Test
    void withoutTheLibraryTheHostIsTheSame() {
        HostProbe probe = probe(Optional.empty());
        assertEquals(List.of(), probe.warnings());
        assertEquals("sysfs (libnuma is not installed)", probe.source());
        assertEquals(31, probe.topology().distance(1, 0));
    }

    @Test
    void aLibraryThatSaysItIsNotAvailableIsNotAsked() {
        when(numa.isAvailable()).thenReturn(false);
        when(numa.maxNode()).thenReturn(7);
        HostProbe probe = probe(Optional.of(numa));
        assertEquals(List.of(), probe.warnings());
        assertEquals("sysfs (libnuma does not work here)", probe.source());
    }

    @ParameterizedTest
    @CsvSource({"1, true", "38, true", "22, false", "14, false"}) // EPERM, ENOSYS, EINVAL, EFAULT
    void aRefusedPolicyCallMeansReadOnlyInOneLine(int errno, boolean filtered) {
        refuse(errno);
        HostProbe probe = probe(Optional.of(numa));
        assertTrue(probe.readOnly());
        assertEquals("sysfs", probe.source());
        assertEquals(1, probe.warnings().size());
        String line = probe.warnings().get(0);
        assertTrue(line.startsWith("get_mempolicy: errno " + errno), line);
        assertTrue(line.endsWith("read-only, the topology is from sysfs alone"), line);
        assertEquals(filtered, line.contains("containers filter it"), line);
        assertEquals(2, probe.topology().nodes().size());
        verifyNoInteractions(numa); // numa_available would say no, and the rest exit or guess
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 7, 13, 14, 19, 22, 38}) // what move_pages(2) lists, and ENOSYS
    void pagesThatCannotBeFoundAreAWarningOnly(int errno) {
        when(calls.movePages(anyInt(), any(), any(), any(), anyInt())).thenReturn(-errno);
        HostProbe probe = probe(Optional.of(numa));
        assertFalse(probe.readOnly());
        assertEquals(
                List.of("move_pages: errno " + errno + ": pages can be neither found nor moved here"),
                probe.warnings());
    }

    @Test
    void aKernelWithoutNumaIsOneNodeInOneLine() throws IOException {
        try (var paths = Files.walk(root.resolve("sys/devices/system/node"))) {
            for (Path path : paths.sorted((a, b) -> b.compareTo(a)).toList()) {
                Files.delete(path);
            }
        }
        refuse(38);
        HostProbe probe = probe(Optional.of(numa));
        assertEquals(
                List.of("the kernel has no NUMA: everything is shown as node 0, and there are no memory policies"),
                probe.warnings());
        assertEquals("0", Bitmasks.list(probe.topology().nodeNumbers()));
        refuse(0);
        assertTrue(probe(Optional.of(numa)).warnings().get(0).startsWith("sysfs describes no nodes"));
    }

    @Test
    void bootOptionsThatHideOrMakeUpNodesAreNamed() throws IOException {
        write("proc/cmdline", "quiet numa=off\n");
        assertTrue(probe(Optional.empty()).warnings().get(0).contains("numa=off"));
        write("proc/cmdline", "numa=fake=4 quiet\n");
        assertTrue(probe(Optional.empty()).warnings().get(0).contains("numa=fake=4"));
    }

    @Test
    void eachDisagreementIsOneLineAndSysfsCounts() {
        when(numa.maxNode()).thenReturn(1);
        when(numa.sizeBytes(2)).thenReturn(-1L);
        when(numa.distance(2, 0)).thenReturn(21);
        when(numa.nodeOfCpu(1)).thenReturn(2);
        HostProbe probe = probe(Optional.of(numa));
        assertEquals("sysfs and libnuma, which differ", probe.source());
        assertEquals(
                List.of(
                        "the highest node is 1 by libnuma and 2 by sysfs, which is used",
                        "the node of processor 1 is 2 by libnuma and 0 by sysfs, which is used",
                        "the bytes of node 2 is -1 by libnuma and 8192 by sysfs, which is used",
                        "the distance from node 2 to 0 is 21 by libnuma and 31 by sysfs, which is used"),
                probe.warnings());
        assertEquals(31, probe.topology().distance(1, 0));
    }

    @Test
    void aProcessorOfEveryNodeBelongsToTheFirst() throws IOException {
        write("sys/devices/system/node/node2/cpumap", "7\n");
        write("sys/devices/system/node/node0/cpumap", "7\n");
        when(numa.nodeOfCpu(2)).thenReturn(0);
        assertEquals(List.of(), probe(Optional.of(numa)).warnings());
    }

    @Test
    void thisHostIsSeenAlikeByBoth() {
        Optional<NumaLibrary> library = LibNuma.find();
        assumeTrue(library.isPresent() && library.get().isAvailable(), "libnuma is not installed or may not work");
        HostTopology host = new SysfsReader(FolderFiles.host()).read();
        assertEquals(List.of(), HostProbe.differences(host, library.get()));
    }
}
