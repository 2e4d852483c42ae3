package dev.mitosis.halnative.calibrate;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.mockito.ArgumentMatchers.any;
import static org.mockito.ArgumentMatchers.anyInt;
import static org.mockito.Mockito.mock;
import static org.mockito.Mockito.when;

import dev.mitosis.halnative.files.FolderFiles;
import dev.mitosis.halnative.libc.LibcCalls;
import dev.mitosis.halnative.libc.LinuxCalls;
import dev.mitosis.halnative.sysfs.SysfsReader;
import dev.mitosis.halnative.topology.HostTopology;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CalibratorTest {
    private static Measured[] noWalks(HostTopology host, LinuxCalls calls, int tableCpu, int[] cpus, long seed) {
        return new Measured[cpus.length];
    }

    /** The numbers are this machine's, whatever they are; that they are there, and in order, is not. */
    @Test
    void thisHostIsMeasured() throws Exception {
        HostTopology host = new SysfsReader(FolderFiles.host()).read();
        List<String> pieces = new ArrayList<>();
        Calibration measured = new Calibrator(
                        host,
                        new LibcCalls(),
                        FolderFiles.host(),
                        1_000_000_000L,
                        1,
                        CalibratorTest::noWalks,
                        (doing, done, all) -> {
                            assertTrue(done <= all, doing);
                            pieces.add(doing);
                        })
                .run();
        Measured idle = measured.idleNanos().get(0, 0).orElseThrow();
        assertTrue(idle.value() > 1, idle.toString());
        assertTrue(idle.rounds() >= 3, idle.toString());
        assertEquals("the pace of a processor", pieces.get(0));
        assertEquals("latency, node 0 to 0", pieces.get(1));
        boolean isCut = measured.notes().stream().anyMatch(note -> note.startsWith("the time did not suffice"));
        assertEquals(measured.tlbs().isEmpty(), isCut, measured.notes().toString());
    }

    /** EPERM, ESRCH, EFAULT, EINVAL: sched_setaffinity(2). */
    @ParameterizedTest
    @ValueSource(ints = {1, 3, 14, 22})
    void aProcessorThatIsRefusedEndsIt(int errno) {
        LinuxCalls calls = mock(LinuxCalls.class);
        when(calls.schedSetaffinity(anyInt(), any())).thenReturn(-errno);
        when(calls.strerror(errno)).thenReturn("Invalid argument");
        IOException refused = assertThrows(IOException.class, () -> Pinned.run(calls, 5, () -> 1));
        assertEquals("cannot run on processor 5: Invalid argument", refused.getMessage());
        assertFalse(Thread.currentThread().isInterrupted());
    }
}
