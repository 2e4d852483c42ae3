package dev.mitosis.halnative.libc;

import com.sun.jna.Memory;
import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import java.util.List;

/**
 * Starts a program as a child that gets what it is given and nothing of the virtual machine: {@link ProcessBuilder} encodes arguments by the
 * locale, closes all descriptors above 2, and leaves SIGQUIT blocked.
 *
 * <p>Errors: a negative result is an errno.
 *
 * <p>Source: posix_spawn(3), waitpid(2), kill(2); the sizes of the structures are those of glibc on x86-64, rounded up.
 */
public final class SpawnCalls {
    private static final int ATTRIBUTES_BYTES = 512;
    private static final int ACTIONS_BYTES = 256;
    private static final int SIGNAL_SET_BYTES = 128;
    private static final short POSIX_SPAWN_SETSIGMASK = 8;
    private static final int EINTR = 4;
    private static final int STANDARD_OUTPUT = 1;
    /** O_WRONLY, O_CREAT, O_TRUNC and O_CLOEXEC. */
    private static final int CREATE = 1 | 0x40 | 0x200 | 0x80000;

    private static final int EVERYBODY = 0666;
    /** Only names the file, which may be unreadable. Through the link in /proc/self/fd it can be asked and read. */
    private static final int O_PATH_CLOEXEC = 0x200000 | 0x80000;

    private static final NativeLibrary LIBC = NativeLibrary.getProcess();

    private SpawnCalls() {}

    /**
     * Starts a program.
     *
     * @param file its path
     * @param blocked the signals it blocks: bit {@code n - 1} is signal {@code n}
     * @param closed the descriptors that it does not get
     * @param output the descriptor that becomes its standard output, or -1
     * @return its process number, or a negative errno
     */
    public static int spawn(
            byte[] file,
            List<byte[]> argv,
            List<byte[]> environment,
            long blocked,
            Iterable<Integer> closed,
            int output) {
        try (Memory path = new Memory(file.length + 1L);
                Memory words = LibcCalls.strings(argv);
                Memory variables = LibcCalls.strings(environment);
                Memory attributes = new Memory(ATTRIBUTES_BYTES);
                Memory actions = new Memory(ACTIONS_BYTES);
                Memory mask = new Memory(SIGNAL_SET_BYTES);
                Memory pid = new Memory(Integer.BYTES)) {
            path.write(0, file, 0, file.length);
            path.setByte(file.length, (byte) 0);
            mask.clear();
            mask.setLong(0, blocked);
            call("posix_spawnattr_init", attributes);
            call("posix_spawnattr_setflags", attributes, POSIX_SPAWN_SETSIGMASK);
            call("posix_spawnattr_setsigmask", attributes, mask);
            call("posix_spawn_file_actions_init", actions);
            try {
                if (output >= 0) {
                    call("posix_spawn_file_actions_adddup2", actions, output, STANDARD_OUTPUT);
                }
                for (int fd : closed) {
                    if (fd != STANDARD_OUTPUT || output < 0) {
                        call("posix_spawn_file_actions_addclose", actions, fd);
                    }
                }
                int failed = call("posix_spawn", pid, path, actions, attributes, words, variables);
                return failed != 0 ? -failed : pid.getInt(0);
            } finally {
                call("posix_spawn_file_actions_destroy", actions);
                call("posix_spawnattr_destroy", attributes);
            }
        }
    }

    private static int call(String function, Object... arguments) {
        return LIBC.getFunction(function).invokeInt(arguments);
    }

    /** Waits for a child to end: its exit code, or 128 and the signal that ended it. */
    public static int waitFor(int pid) {
        int[] status = new int[1];
        int got;
        do {
            got = LIBC.getFunction("waitpid").invokeInt(new Object[] {pid, status, 0});
        } while (got < 0 && Native.getLastError() == EINTR);
        if (got < 0) {
            return -Native.getLastError();
        }
        int signal = status[0] & 0x7F;
        return signal == 0 ? status[0] >> 8 & 0xFF : 128 + signal;
    }

    public static int kill(int pid, int signal) {
        return LIBC.getFunction("kill").invokeInt(new Object[] {pid, signal});
    }

    /** Opens a file only to ask what it is, by a path that Java's strings may not be able to hold. */
    public static int open(byte[] path) {
        return open(path, O_PATH_CLOEXEC);
    }

    /** Opens a file for writing and empties it, or makes it; it does not outlive an exec. */
    public static int create(byte[] path) {
        return open(path, CREATE);
    }

    private static int open(byte[] path, int flags) {
        try (Memory text = new Memory(path.length + 1L)) {
            text.write(0, path, 0, path.length);
            text.setByte(path.length, (byte) 0);
            int fd = LIBC.getFunction("open").invokeInt(new Object[] {text, flags, EVERYBODY});
            return fd < 0 ? -Native.getLastError() : fd;
        }
    }

    public static void close(int fd) {
        call("close", fd);
    }
}
