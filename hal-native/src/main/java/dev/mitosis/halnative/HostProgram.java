package dev.mitosis.halnative;

import com.sun.jna.LastErrorException;
import com.sun.jna.StringArray;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;

/**
 * Executes a program in place of this process, as if the virtual machine had never been.
 *
 * <p>The program gets the process number, the standard streams, the environment, and the calling thread's affinity and memory
 * policy. What the virtual machine has changed is undone before: blocked signals, and descriptors of its own, which close.
 * Resource limits and core dump filters it was told to leave alone when it was started.
 *
 * <p>Source: execve(2): the threads but the caller vanish.
 */
public final class HostProgram {
    private static final Path DESCRIPTORS = Path.of("/proc/self/fd");
    private static final int FIRST_OWN_DESCRIPTOR = 3;
    private static final int EBADF = 9;

    private HostProgram() {}

    /**
     * The descriptors that the caller may have handed down: those that the launcher found, or, started without it, those that
     * are open now, which some of the virtual machine's own are among.
     */
    public static BitSet descriptorsAtStart() throws IOException {
        String found = System.getProperty("mitosis.descriptors");
        return found == null ? openDescriptors() : IdList.parse(found);
    }

    private static BitSet openDescriptors() throws IOException {
        BitSet open = new BitSet();
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(DESCRIPTORS)) {
            for (Path descriptor : descriptors) {
                open.set(Integer.parseInt(descriptor.getFileName().toString()));
            }
        }
        return open;
    }

    /**
     * Executes; returns only when that failed.
     *
     * @param openAtStart what {@link #descriptorsAtStart} said at the start
     */
    public static NativeError exec(List<String> argv, BitSet openAtStart) throws IOException {
        StringArray arguments = new StringArray(argv.toArray(new String[0]));
        LibC.pthread_sigmask(LibC.SIG_SETMASK, new long[16], null);
        // Twice: the first pass makes the class loader open the last of its archives.
        closeOwnDescriptorsOnExec(openAtStart);
        closeOwnDescriptorsOnExec(openAtStart);
        try {
            LibC.execvp(argv.get(0), arguments);
            throw new IllegalStateException("execvp came back without an error");
        } catch (LastErrorException e) {
            return new NativeError(e.getErrorCode());
        }
    }

    /** What was opened since the start is ours; of what was open before, only what is known to be the virtual machine's. */
    private static void closeOwnDescriptorsOnExec(BitSet openAtStart) throws IOException {
        String javaHome = System.getProperty("java.home");
        BitSet open = openDescriptors();
        for (int number = open.nextSetBit(FIRST_OWN_DESCRIPTOR); number >= 0; number = open.nextSetBit(number + 1)) {
            if (!openAtStart.get(number) || isOurs(DESCRIPTORS.resolve(Integer.toString(number)), javaHome)) {
                closeOnExec(number);
            }
        }
    }

    private static void closeOnExec(int descriptor) {
        try {
            LibC.fcntl(descriptor, LibC.F_SETFD, LibC.FD_CLOEXEC);
        } catch (LastErrorException e) {
            // Closed meanwhile: the listing's own descriptor.
            assert e.getErrorCode() == EBADF : e.getMessage();
        }
    }

    private static boolean isOurs(Path descriptor, String javaHome) {
        String target;
        try {
            target = Files.readSymbolicLink(descriptor).toString();
        } catch (IOException e) {
            // Closed meanwhile: the listing's own descriptor.
            return false;
        }
        return target.startsWith(javaHome)
                || target.endsWith(".jar")
                || target.endsWith(".jsa")
                || target.endsWith(".so");
    }
}
