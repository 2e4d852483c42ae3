package dev.mitosis.halnative;

import com.sun.jna.LastErrorException;
import com.sun.jna.StringArray;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
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
    private static final int FIRST_OWN_DESCRIPTOR = 3;

    private HostProgram() {}

    /** Executes; returns only by throwing. */
    public static NativeError exec(List<String> argv) throws IOException {
        StringArray arguments = new StringArray(argv.toArray(new String[0]));
        LibC.pthread_sigmask(LibC.SIG_SETMASK, new long[16], null);
        // Twice: the first pass makes the class loader open the last of its archives.
        closeOwnDescriptorsOnExec();
        closeOwnDescriptorsOnExec();
        try {
            LibC.execvp(argv.get(0), arguments);
            throw new IllegalStateException("execvp came back without an error");
        } catch (LastErrorException e) {
            return new NativeError(e.getErrorCode());
        }
    }

    /** Only what is known to be the virtual machine's: a descriptor that the caller handed down is the program's. */
    private static void closeOwnDescriptorsOnExec() throws IOException {
        String javaHome = System.getProperty("java.home");
        try (DirectoryStream<Path> descriptors = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors) {
                int number = Integer.parseInt(descriptor.getFileName().toString());
                if (number >= FIRST_OWN_DESCRIPTOR && isOurs(descriptor, javaHome)) {
                    LibC.fcntl(number, LibC.F_SETFD, LibC.FD_CLOEXEC);
                }
            }
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
