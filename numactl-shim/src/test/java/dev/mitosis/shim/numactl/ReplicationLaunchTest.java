package dev.mitosis.shim.numactl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import dev.mitosis.halnative.FolderFiles;
import dev.mitosis.halnative.LinuxCalls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.mockito.InOrder;

/** {@code -r} on four nodes of each kernel that replicates page tables: the calls that it gets, and what its errors become. */
class ReplicationLaunchTest {
    private static final int ENOENT = 2;
    private static final int EINVAL = 22;

    @TempDir
    private Path root = Path.of(".");

    private final LinuxCalls calls = mock(LinuxCalls.class);
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void fourNodes() throws IOException {
        write("sys/devices/system/cpu/possible", "0-3");
        write("sys/devices/system/cpu/online", "0-3");
        write("proc/self/status", "Name:\tnumactl\nCpus_allowed:\tf\nMems_allowed:\t00000000,0000000f\n");
        for (int node = 0; node < 4; node++) {
            String folder = "sys/devices/system/node/node" + node;
            write(folder + "/cpulist", Integer.toString(node));
            write(folder + "/cpumap", Integer.toHexString(1 << node));
            write(folder + "/distance", "10 10 10 10");
            write(folder + "/meminfo", "Node " + node + " MemTotal: 1024 kB\nNode " + node + " MemFree: 512 kB\n");
        }
        when(calls.execvp(any())).thenReturn(-ENOENT);
        when(calls.strerror(anyInt())).thenAnswer(call -> "error " + call.getArgument(0));
    }

    private void write(String file, String text) throws IOException {
        Path path = root.resolve(file);
        Files.createDirectories(path.getParent());
        Files.writeString(path, text + "\n");
    }

    private void original() throws IOException {
        write("proc/sys/kernel/osrelease", "4.17.0-mitosis");
    }

    private void port(String inherit) throws IOException {
        write("proc/sys/kernel/osrelease", "6.15.0");
        write("proc/mitosis/inherit", inherit);
    }

    private int run(String... arguments) {
        return Numactl.run(
                List.of(arguments),
                new Console(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8)),
                (machine, nodes, program) -> {
                    throw new IllegalStateException("nothing was to be simulated");
                },
                calls,
                new FolderFiles(root));
    }

    private String output() {
        return out.toString(StandardCharsets.UTF_8);
    }

    private String errors() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @ValueSource(strings = {"--pgtablerepl=1,3", "-r1,3", "--pgtablerepl=!0,2"})
    void theOriginalIsToldByItsSystemCallBeforeTheProgramStarts(String option) throws IOException {
        original();
        run(option, "prog");
        InOrder order = inOrder(calls);
        order.verify(calls).setPageTableReplication(eq(3), any(), eq(1025L));
        order.verify(calls).execvp(any());
        verify(calls, never()).prctl(anyInt(), anyLong(), anyLong(), anyLong(), anyLong());
    }

    @ParameterizedTest
    @CsvSource({"'1,3', 10", "0-1, 3", "all, 1", "0-3, 1"})
    void aPortIsToldByPrctlBeforeTheProgramStarts(String nodes, long mask) throws IOException {
        port("1");
        run("-r", nodes, "prog");
        InOrder order = inOrder(calls);
        order.verify(calls).prctl(100, mask, 0, 0, 0);
        order.verify(calls).execvp(any());
        verify(calls, never()).setPageTableReplication(anyInt(), any(), anyLong());
    }

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 12, 14, EINVAL, 38, 114}) // EPERM, ESRCH, ENOMEM, EFAULT, EINVAL, ENOSYS, EALREADY
    void eachErrorOfEachKernelIsOneLineAndStartsNothing(int errno) throws IOException {
        original();
        when(calls.setPageTableReplication(anyInt(), any(), anyLong())).thenReturn(-errno);
        assertEquals(1, run("-r", "0-1", "prog"));
        assertEquals("set_pgreplpol: error " + errno + "\n", errors());
        err.reset();
        port("1");
        when(calls.prctl(eq(100), anyLong(), anyLong(), anyLong(), anyLong())).thenReturn(-errno);
        assertEquals(1, run("-r", "0-1", "prog"));
        assertEquals("set_pgreplpol: error " + errno + "\n", errors());
        verify(calls, never()).execvp(any());
    }

    @Test
    void oneNodeOfAPortIsRefusedWithoutACall() throws IOException {
        port("1");
        assertEquals(1, run("-r", "0", "prog"));
        assertEquals("set_pgreplpol: error " + EINVAL + "\n", errors());
        verify(calls, never()).prctl(eq(100), anyLong(), anyLong(), anyLong(), anyLong());
        verify(calls, never()).execvp(any());
    }

    @Test
    void replicationThatExecWouldDropStartsNothing() throws IOException {
        write("proc/sys/kernel/osrelease", "6.15.0");
        assertEquals(1, run("-r", "0-1", "prog"));
        assertTrue(errors().startsWith("numactl: exec would drop page-table replication: "), errors());
        assertEquals(1, errors().lines().count());
        verify(calls, never()).execvp(any());
    }

    @Test
    void aKnobThatIsOffIsSwitchedOn() throws IOException {
        port("0");
        run("-r", "0-1", "prog");
        verify(calls).execvp(any());
        assertEquals("1", Files.readString(root.resolve("proc/mitosis/inherit")).strip());
    }

    @Test
    void aStockKernelIsAskedOnceAndToldNothing() throws IOException {
        write("proc/sys/kernel/osrelease", "6.1.0-18-amd64");
        when(calls.prctl(eq(101), anyLong(), anyLong(), anyLong(), anyLong())).thenReturn(-EINVAL);
        assertEquals(1, run("-r", "0-1", "prog"));
        assertTrue(errors().startsWith("set_pgreplpol: error 38\nnumactl: this kernel does not replicate"), errors());
        verify(calls, never()).prctl(eq(100), anyLong(), anyLong(), anyLong(), anyLong());
        verify(calls, never()).setPageTableReplication(anyInt(), any(), anyLong());
        verify(calls, never()).execvp(any());
    }

    @ParameterizedTest
    @CsvSource({"10, '1 3 '", "1, '0 1 2 3 '", "0, ''"})
    void showPrintsTheNodesOfAPort(int mask, String nodes) throws IOException {
        port("1");
        when(calls.prctl(eq(101), anyLong(), anyLong(), anyLong(), anyLong())).thenReturn(mask);
        assertEquals(0, run("--show"));
        assertTrue(output().endsWith("\npgtablerepl: " + nodes + "\n"), output());
    }

    @Test
    void showPrintsTheNodesOfTheOriginal() throws IOException {
        original();
        when(calls.getPageTableReplication(any(), any(), anyLong())).thenAnswer(call -> {
            call.<int[]>getArgument(0)[0] = 3;
            call.<long[]>getArgument(1)[0] = 0b0110;
            return 0;
        });
        assertEquals(0, run("-s"));
        assertTrue(output().endsWith("\npgtablerepl: 1 2 \n"), output());
    }
}
