package dev.mitosis.shim.numactl;

import dev.mitosis.halnative.files.Bitmasks;
import dev.mitosis.halnative.files.SystemFiles;
import dev.mitosis.halnative.files.TaskStatus;
import dev.mitosis.halnative.libc.LinuxCalls;
import java.io.IOException;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.List;

/**
 * Turns the process into a program, and first undoes what the virtual machine did to it: signals that it blocks, and files
 * that it keeps open. What the launcher's options prevent (raised limits, the filter of core dumps) needs no undoing.
 *
 * <p>Source: execvp(3), signal(7): the mask, open descriptors, affinity and memory policy survive exec; handlers do not.
 */
final class ProgramStart {
    private static final int SIGQUIT = 3;
    /** What the launcher puts before the name of a variable that the virtual machine must not see. */
    private static final byte[] KEPT = "MITOSIS_KEPT_".getBytes(StandardCharsets.US_ASCII);

    private final LinuxCalls calls;
    private final SystemFiles files;

    ProgramStart(LinuxCalls calls, SystemFiles files) {
        this.calls = calls;
        this.files = files;
    }

    /** Returns only if that failed: the errno. */
    int exec(List<byte[]> argv) {
        calls.setSignalMask(inheritedSignalMask());
        closeOwnFiles();
        ignoreSignals();
        return -(System.getProperty("mitosis.kept") == null ? calls.execvp(argv) : calls.execvpe(argv, environment()));
    }

    /** What the launcher kept from the virtual machine, which would obey it and say so, has its own name again. */
    private static List<byte[]> environment() {
        List<byte[]> variables = new ArrayList<>();
        for (byte[] variable : entries("/proc/self/environ")) {
            boolean isKept = variable.length > KEPT.length && Arrays.equals(KEPT, Arrays.copyOf(variable, KEPT.length));
            variables.add(isKept ? Arrays.copyOfRange(variable, KEPT.length, variable.length) : variable);
        }
        return variables;
    }

    /**
     * What the caller ignored and the virtual machine handles, such as a broken pipe: a handler would become the default. Not
     * SIGQUIT: the launcher's shell ignores that for itself, and the virtual machine leaves it as the caller had it.
     */
    private void ignoreSignals() {
        long ignored = parseSignals(System.getProperty("mitosis.ignored", "")) & ~(1L << (SIGQUIT - 1));
        for (int signal = 1; signal <= Long.SIZE; signal++) {
            if ((ignored >>> (signal - 1) & 1) != 0) {
                calls.ignoreSignal(signal);
            }
        }
    }

    /** The first thread of the process only waits, and so still blocks what the caller had blocked. */
    private long inheritedSignalMask() {
        // ProcessHandle would say it too, after 8 ms of loading thread pools.
        String pid = files.read("/proc/self/stat").orElse("").split(" ", 2)[0];
        String status = files.read("/proc/self/task/" + pid + "/status").orElse("");
        String blocked = TaskStatus.valueOf(status, "\nSigBlk:");
        return parseSignals(blocked);
    }

    /** A set of signals as the status file has it; without that file, none. */
    private static long parseSignals(String hexadecimal) {
        try {
            return hexadecimal.isEmpty() ? 0 : Long.parseUnsignedLong(hexadecimal, 16);
        } catch (NumberFormatException e) {
            return 0;
        }
    }

    /**
     * All but those that the launcher found when it was started. Without its list, only files that are recognisably the virtual
     * machine's: others may be the caller's, and meant for the program.
     */
    private void closeOwnFiles() {
        String known = System.getProperty("mitosis.descriptors");
        BitSet atStart = known == null ? new BitSet() : Bitmasks.parseList(known);
        Path home = Path.of(System.getProperty("java.home"));
        String classPath = System.getProperty("java.class.path");
        try (DirectoryStream<Path> open = Files.newDirectoryStream(Path.of("/proc/self/fd"))) {
            for (Path link : open) {
                int fd = Integer.parseInt(String.valueOf(link.getFileName()));
                if (known == null ? fd > 2 && isOwn(link, home, classPath) : !atStart.get(fd)) {
                    calls.closeOnExec(fd);
                }
            }
        } catch (IOException e) {
            // Without /proc there is no telling whose a descriptor is; the program then inherits a few more.
            return;
        }
    }

    private static boolean isOwn(Path link, Path home, String classPath) {
        try {
            Path target = Files.readSymbolicLink(link);
            String name = target.toString();
            return target.startsWith(home)
                    || name.endsWith(".jsa")
                    || (name.endsWith(".jar") && classPath.contains(name))
                    || name.equals("/dev/random")
                    || name.equals("/dev/urandom")
                    || (name.startsWith("/proc/") && name.endsWith("/fd"));
        } catch (IOException e) {
            return false;
        }
    }

    /** The arguments as the bytes that they were, which Java's strings do not keep in every locale. */
    static List<byte[]> rawArguments(String[] args, int program) {
        int count = args.length - program;
        List<byte[]> raw = entries("/proc/self/cmdline");
        if (raw.size() > count && matches(raw.subList(raw.size() - count, raw.size()), args, program)) {
            return List.copyOf(raw.subList(raw.size() - count, raw.size()));
        }
        List<byte[]> encoded = new ArrayList<>();
        for (int i = program; i < args.length; i++) {
            encoded.add(args[i].getBytes(Charset.defaultCharset()));
        }
        return encoded;
    }

    /** The entries of a file in which each ends with a zero byte; none where it cannot be read. */
    private static List<byte[]> entries(String file) {
        List<byte[]> entries = new ArrayList<>();
        try {
            byte[] all = Files.readAllBytes(Path.of(file));
            int first = 0;
            for (int i = 0; i < all.length; i++) {
                if (all[i] == 0) {
                    entries.add(Arrays.copyOfRange(all, first, i));
                    first = i + 1;
                }
            }
        } catch (IOException e) {
            return List.of();
        }
        return entries;
    }

    /** Whether these can be the same arguments: those of plain ASCII must be equal. */
    private static boolean matches(List<byte[]> raw, String[] args, int program) {
        for (int i = 0; i < raw.size(); i++) {
            byte[] bytes = raw.get(i);
            boolean ascii = true;
            for (byte b : bytes) {
                ascii &= b >= 0;
            }
            if (ascii && !new String(bytes, StandardCharsets.US_ASCII).equals(args[program + i])) {
                return false;
            }
        }
        return true;
    }
}
