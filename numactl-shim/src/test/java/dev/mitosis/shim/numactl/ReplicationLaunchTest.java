package dev.mitosis.shim.numactl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.AdditionalAnswers.delegatesTo;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.ArgumentMatchers.anyLong;
import static org.mockito.ArgumentMatchers.anyString;
import static org.mockito.ArgumentMatchers.eq;
import static org.mockito.Mockito.doReturn;
import static org.mockito.Mockito.inOrder;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.never;
import static org.mockito.Mockito.verify;
import static org.mockito.Mockito.when;

import dev.mitosis.halnative.files.FolderFiles;
import dev.mitosis.halnative.files.SystemFiles;
import dev.mitosis.halnative.libc.LinuxCalls;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
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
    private static final int EALREADY = 114;

    @TempDir
    private Path root = Path.of(".");

    private SystemFiles files = new FolderFiles(Path.of("."));
    private final LinuxCalls calls = mock(LinuxCalls.class);
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();

    @BeforeEach
    void fourNodes() throws IOException {
        files = new FolderFiles(root);
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
                arguments,
                new Console(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8)),
                (question, args, program) -> {
                    throw new IllegalStateException("nothing was to be simulated");
                },
                calls,
                files);
    }

    /** Files that nobody may write, root neither. */
    private static SystemFiles readOnly(SystemFiles all) {
        SystemFiles files = mock(SystemFiles.class, delegatesTo(all));
        doReturn(Optional.of("Permission denied")).when(files).write(anyString(), anyString());
        return files;
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
    @ValueSource(
            ints = {1, 3, 11, 12, 13, 14, 16, EINVAL, 38, 95, EALREADY}) // from EPERM and ESRCH to ENOSYS and EALREADY
    void eachErrorOfEachKernelIsSaidAndStartsNothing(int errno) throws IOException {
        original();
        when(calls.setPageTableReplication(anyInt(), any(), anyLong())).thenReturn(-errno);
        assertEquals(1, run("-r", "0-1", "prog"));
        assertEquals("set_pgreplpol: error " + errno + "\n", errors());
        err.reset();
        port("1");
        when(calls.prctl(eq(100), anyLong(), anyLong(), anyLong(), anyLong())).thenReturn((long) -errno);
        assertEquals(1, run("-r", "0-1", "prog"));
        assertEquals(
                "set_pgreplpol: error " + errno, errors().lines().findFirst().orElse(""));
        assertEquals(
                errno == EINVAL || errno == EALREADY ? 2 : 1, errors().lines().count(), errors());
        verify(calls, never()).execvp(any());
    }

    @Test
    void oneNodeOfAPortIsRefusedWithoutACall() throws IOException {
        port("1");
        assertEquals(1, run("-r", "0", "prog"));
        assertEquals(
                "set_pgreplpol: error " + EINVAL
                        + "\nnumactl: this kernel replicates page tables on two or more nodes, all of them online\n",
                errors());
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
        when(calls.prctl(eq(101), anyLong(), anyLong(), anyLong(), anyLong())).thenReturn((long) -EINVAL);
        assertEquals(1, run("-r", "0-1", "prog"));
        assertTrue(errors().startsWith("set_pgreplpol: error 38\nnumactl: this kernel does not replicate"), errors());
        verify(calls, never()).prctl(eq(100), anyLong(), anyLong(), anyLong(), anyLong());
        verify(calls, never()).setPageTableReplication(anyInt(), any(), anyLong());
        verify(calls, never()).execvp(any());
    }

    @ParameterizedTest
    @CsvSource({"10, '1 3 '", "1, '0 1 2 3 '", "0, ''", "2147483649, '0 31 '", "-9223372036854775807, '0 63 '"})
    void showPrintsTheNodesOfAPort(long mask, String nodes) throws IOException {
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

    @ParameterizedTest
    @ValueSource(ints = {1, 3, 14, EINVAL, 38})
    void aMaskThatTheKernelDoesNotTellIsShownEmpty(int errno) throws IOException {
        original();
        when(calls.getPageTableReplication(any(), any(), anyLong())).thenReturn(-errno);
        assertEquals(0, run("--show"));
        assertTrue(output().endsWith("\npgtablerepl: \n"), output());
        out.reset();
        port("1");
        when(calls.prctl(eq(101), anyLong(), anyLong(), anyLong(), anyLong())).thenReturn(0L, (long) -errno);
        assertEquals(0, run("--show"));
        assertTrue(output().endsWith("\npgtablerepl: \n"), output());
    }

    @Test
    void aStockKernelShowsNoMask() throws IOException {
        write("proc/sys/kernel/osrelease", "6.1.0-18-amd64");
        when(calls.prctl(eq(101), anyLong(), anyLong(), anyLong(), anyLong())).thenReturn((long) -EINVAL);
        assertEquals(0, run("--show"));
        assertFalse(output().contains("pgtablerepl"), output());
    }

    @ParameterizedTest
    @ValueSource(strings = {"proc/mitosis_status", "proc/mitosis/inherit", "proc/sys/kernel/pgtable_replication_cache"})
    void theOriginalIsKnownByItsFilesToo(String file) throws IOException {
        write("proc/sys/kernel/osrelease", "4.17.0");
        write(file, "0");
        run("-r", "0-1", "prog");
        verify(calls).setPageTableReplication(eq(3), any(), eq(1025L));
        verify(calls).execvp(any());
    }

    @ParameterizedTest
    @ValueSource(strings = {"4.17.0", "4.18.0-mitosis", "5.4.0-mitosis", "7.0.0"})
    void theOriginalsNumbersAreNeverTriedOnOtherKernels(String release) throws IOException {
        write("proc/sys/kernel/osrelease", release);
        when(calls.prctl(eq(101), anyLong(), anyLong(), anyLong(), anyLong())).thenReturn((long) -EINVAL);
        assertEquals(1, run("-r", "0-1", "prog"));
        run("--show");
        verify(calls, never()).setPageTableReplication(anyInt(), any(), anyLong());
        verify(calls, never()).getPageTableReplication(any(), any(), anyLong());
    }

    @ParameterizedTest
    @ValueSource(strings = {"proc/sys/kernel/mitosis_inherit", "proc/mitosis/inherit"})
    void aKnobThatCannotBeSetStartsNothingAndIsNamed(String knob) throws IOException {
        write("proc/sys/kernel/osrelease", "6.15.0");
        write(knob, "0");
        files = readOnly(new FolderFiles(root));
        assertEquals(1, run("-r", "0-1", "prog"));
        assertTrue(errors().contains("/" + knob + " is 0 and cannot be set to 1: Permission denied"), errors());
        assertEquals(1, errors().lines().count());
        verify(calls, never()).execvp(any());
    }

    @Test
    void replicationCombinesWithEveryOtherOption() throws IOException {
        port("1");
        run("-r", "all", "-N", "1", "-i", "0-3", "prog", "-r", "0");
        InOrder order = inOrder(calls);
        order.verify(calls).prctl(100, 1, 0, 0, 0);
        order.verify(calls).schedSetaffinity(eq(0), any());
        order.verify(calls).setMempolicy(eq(3), any(), anyLong());
        order.verify(calls).execvp(any());
    }
}
