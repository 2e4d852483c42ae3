package dev.mitosis.halnative.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import dev.mitosis.halnative.files.Bitmasks;
import dev.mitosis.halnative.files.FolderFiles;
import dev.mitosis.halnative.libc.LinuxCalls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PageTableReplicationTest {
    private static final int EPERM = 1;
    private static final int EINVAL = 22;
    private static final int ENOSYS = 38;
    private static final BitSet ONLINE = Bitmasks.parseList("0-3");

    @TempDir
    private Path root = Path.of(".");

    private final LinuxCalls calls = mock(LinuxCalls.class);

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text);
    }

    private PageTableReplication detect() {
        return PageTableReplication.detect(new FolderFiles(root), calls);
    }

    private PageTableReplication port() {
        return new PrctlReplication(new FolderFiles(root), calls);
    }

    @Test
    void aStockKernelIsNeverAskedByNumber400() throws IOException {
        write("proc/sys/kernel/osrelease", "6.1.0-18-amd64\n");
        when(calls.prctl(eq(101), anyLong(), anyLong(), anyLong(), anyLong())).thenReturn((long) -EINVAL);
        PageTableReplication found = detect();
        assertFalse(found.isSupported());
        assertEquals(-ENOSYS, found.setNodes(ONLINE, ONLINE));
        verify(calls, never()).setPageTableReplication(anyInt(), any(), anyLong());
        verify(calls, never()).getPageTableReplication(any(), any(), anyLong());
    }

    @Test
    void theOriginalIsKnownByItsRelease() throws IOException {
        write("proc/sys/kernel/osrelease", "4.17.0-mitosis\n");
        PageTableReplication found = detect();
        assertInstanceOf(SyscallReplication.class, found);
        assertEquals(0, found.setNodes(Bitmasks.parseList("1,3"), ONLINE));
        verify(calls).setPageTableReplication(eq(3), any(), eq(1025L));
        found.setNodes(new BitSet(), ONLINE);
        verify(calls).setPageTableReplication(eq(0), any(), eq(1025L));
        assertTrue(found.prepareExec().isEmpty());
    }

    @Test
    void aPortIsKnownByItsAnswer() throws IOException {
        write("proc/sys/kernel/osrelease", "6.15.0\n");
        when(calls.prctl(eq(101), anyLong(), anyLong(), anyLong(), anyLong())).thenReturn(0b1010L);
        PageTableReplication found = detect();
        assertInstanceOf(PrctlReplication.class, found);
        assertEquals("1,3", Bitmasks.list(found.nodes(ONLINE)));
    }

    @Test
    void thePortsTakeAMaskOrOneForAll() {
        port().setNodes(Bitmasks.parseList("0-1"), ONLINE);
        verify(calls).prctl(100, 3, 0, 0, 0);
        port().setNodes(ONLINE, ONLINE);
        verify(calls).prctl(100, 1, 0, 0, 0);
        port().setNodes(new BitSet(), ONLINE);
        verify(calls).prctl(100, 0, 0, 0, 0);
    }

    @Test
    void oneNodeAloneCannotBeSaid() {
        assertEquals(-EINVAL, port().setNodes(Bitmasks.parseList("0"), ONLINE));
        verify(calls, never()).prctl(anyInt(), anyLong(), anyLong(), anyLong(), anyLong());
    }

    @ParameterizedTest
    @ValueSource(ints = {EPERM, EINVAL, 3, 114}) // ESRCH, EALREADY
    void thePortsErrorsComeThrough(int errno) {
        when(calls.prctl(eq(100), anyLong(), anyLong(), anyLong(), anyLong())).thenReturn((long) -errno);
        assertEquals(-errno, port().setNodes(ONLINE, ONLINE));
    }

    @ParameterizedTest
    @ValueSource(ints = {EPERM, EINVAL, ENOSYS})
    void theOriginalsErrorsComeThrough(int errno) {
        when(calls.setPageTableReplication(anyInt(), any(), anyLong())).thenReturn(-errno);
        assertEquals(-errno, new SyscallReplication(calls).setNodes(ONLINE, ONLINE));
    }

    @Test
    void inheritanceIsSwitchedOnWhereItMayBe() throws IOException {
        assertTrue(port().prepareExec().isPresent(), "no knob: exec would drop it silently");
        write("proc/mitosis/inherit", "0\n");
        assertTrue(port().prepareExec().isEmpty());
        assertEquals("1", Files.readString(root.resolve("proc/mitosis/inherit")).strip());
    }
}
