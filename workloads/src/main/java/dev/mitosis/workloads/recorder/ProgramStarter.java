package dev.mitosis.workloads.recorder;

import dev.mitosis.halnative.files.Bitmasks;
import dev.mitosis.halnative.files.TaskStatus;
import dev.mitosis.halnative.libc.LibcCalls;
import dev.mitosis.halnative.libc.SpawnCalls;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;

/**
 * Starts a program as the caller of the recorder would have: arguments and environment byte for byte, the signals blocked and ignored
 * that the caller blocked and ignored, and the caller's descriptors, closed ones closed.
 *
 * <p>The launcher says what it found in the properties {@code mitosis.descriptors}, a list of numbers, and {@code mitosis.ignored}, a
 * set of signals as in proc(5). Without them a program gets descriptors 0 to 2 and no ignored signal. The working directory, umask,
 * limits and terminal are this process' own.
 *
 * <p>Errors: {@link RecorderException} when the kernel does not start it.
 */
public final class ProgramStarter {
    /** Those that the virtual machine lives by: SIGQUIT, SIGILL, SIGTRAP, SIGBUS, SIGFPE, SIGSEGV and SIGUSR2. */
    private static final long NEEDED_BY_JAVA = bit(3) | bit(4) | bit(5) | bit(7) | bit(8) | bit(11) | bit(12);

    private ProgramStarter() {}

    private static long bit(int signal) {
        return 1L << (signal - 1);
    }

    /**
     * Starts a program.
     *
     * @param command its path and its arguments; the path is also its first argument
     */
    static StartedProgram start(List<byte[]> command, List<byte[]> environment, ProgramOutput output)
            throws IOException {
        ignoreSignals(Long.parseUnsignedLong(System.getProperty("mitosis.ignored", "0"), 16));
        int standardOutput = output.open();
        int pid = SpawnCalls.spawn(
                command.get(0), command, environment, blockedByCaller(), ownDescriptors(), standardOutput);
        output.close(standardOutput);
        if (pid < 0) {
            throw new RecorderException(
                    RecorderException.NOT_EXECUTABLE,
                    new String(command.get(0), StandardCharsets.UTF_8) + ": "
                            + new LibcCalls().strerror(-pid).toLowerCase(java.util.Locale.ROOT));
        }
        return new StartedProgram(pid);
    }

    /** What the caller ignored and the virtual machine handles, such as a broken pipe: a handler would become the default. */
    private static void ignoreSignals(long ignored) {
        for (int signal = 1; signal <= Long.SIZE; signal++) {
            if ((ignored & ~NEEDED_BY_JAVA & bit(signal)) != 0) {
                new LibcCalls().ignoreSignal(signal);
            }
        }
    }

    /** The first thread of the process only waits, and so still blocks what the caller had blocked. */
    private static long blockedByCaller() throws IOException {
        Path first =
                Path.of("/proc/self/task", Long.toString(ProcessHandle.current().pid()), "status");
        String blocked = TaskStatus.valueOf(Files.readString(first), "\nSigBlk:");
        return blocked.isEmpty() ? 0 : Long.parseUnsignedLong(blocked, 16);
    }

    private static List<Integer> ownDescriptors() throws IOException {
        String known = System.getProperty("mitosis.descriptors", "0-2");
        BitSet callers = known.isEmpty() ? new BitSet() : Bitmasks.parseList(known);
        List<Integer> own = new ArrayList<>();
        try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path link : open) {
                int fd = Integer.parseInt(String.valueOf(link.getFileName()));
                if (!callers.get(fd)) {
                    own.add(fd);
                }
            }
        }
        return own;
    }
}
