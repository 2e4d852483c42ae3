package dev.mitosis.halnative.libc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Calls that the kernel must refuse: its errno comes back, negative, and nothing is thrown. */
class LibcCallsTest {
    private static final int ENOENT = 2;
    private static final int ESRCH = 3;
    private static final int EBADF = 9;
    private static final int ENOMEM = 12;
    private static final int EFAULT = 14;
    private static final int EINVAL = 22;
    private static final int ENOSYS = 38;
    private static final int EPERM = 1;

    private static final int NO_PROCESS = Integer.MAX_VALUE;
    private static final int F_ADDR = 2;
    private static final int BIND = 2;

    private final LinuxCalls calls = new LibcCalls();

    /** A container may refuse, and a kernel may not have, what has to do with policies. */
    private static void assertRefused(int errno, int result) {
        assertTrue(result == -errno || result == -EPERM || result == -ENOSYS, "result " + result + ", not " + -errno);
    }

    @Test
    void policies() {
        assertRefused(EINVAL, calls.setMempolicy(77, null, 0));
        assertRefused(EINVAL, calls.setMempolicy(BIND, new long[] {0}, 65));
        assertRefused(EFAULT, calls.getMempolicy(new int[1], null, 0, 0, F_ADDR));
        assertRefused(EINVAL, calls.getMempolicy(null, null, 0, 0, 1 << 20));
        assertRefused(EINVAL, calls.mbind(1, 4096, BIND, new long[] {1}, 65, 0));
        assertRefused(EFAULT, calls.mbind(0, 4096, BIND, new long[] {1}, 65, 0));
    }

    @Test
    void pages() {
        assertRefused(ESRCH, calls.movePages(NO_PROCESS, new long[1], null, new int[1], 0));
        int[] status = new int[1];
        int found = calls.movePages(0, new long[1], null, status, 0);
        assertTrue(found < 0 || status[0] == -EFAULT || status[0] == -ENOENT, "status " + status[0]);
    }

    @Test
    void processors() {
        assertEquals(-EINVAL, calls.schedSetaffinity(0, new long[1]));
        assertEquals(-ESRCH, calls.schedSetaffinity(NO_PROCESS, new long[] {1}));
        assertEquals(-ESRCH, calls.schedGetaffinity(NO_PROCESS, new long[16]));
        assertEquals(-EINVAL, calls.schedGetaffinity(0, new long[0]));
    }

    @Test
    void memory() {
        assertEquals(-EBADF, calls.mmapShared(-1, 0, 4096));
        assertEquals(-EINVAL, calls.mmapPrivate(0));
        assertEquals(-ENOMEM, calls.mmapPrivate(1L << 62));
        assertEquals(-EINVAL, calls.munmap(1, 4096));
        assertEquals(-EINVAL, calls.madvise(1, 4096, 0));
        assertEquals(-ENOMEM, calls.madvise(4096, 4096, 14));
        assertEquals(-EINVAL, calls.shmget(0, 0, 01000));
        assertEquals(-EINVAL, calls.shmat(-1));
        assertEquals(-EINVAL, calls.shmSize(-1));
    }

    @Test
    void descriptorsSignalsAndPrograms() {
        assertEquals(-ENOENT, calls.open("/no/such/file", 0, 0));
        assertEquals(-EBADF, calls.ftruncate(-1, 0));
        assertEquals(-EBADF, calls.closeOnExec(-1));
        assertEquals(-EINVAL, calls.ignoreSignal(9));
        assertEquals(-EINVAL, calls.prctl(-1, 0, 0, 0, 0));
        assertEquals(-ENOENT, calls.execvp(List.of("/no/such/program".getBytes(StandardCharsets.UTF_8))));
    }

    @Test
    void errnosHaveTexts() {
        assertEquals("No such file or directory", calls.strerror(ENOENT));
        assertEquals("Unknown error 4711", calls.strerror(4711));
    }
}
