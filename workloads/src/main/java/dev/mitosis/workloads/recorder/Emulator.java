package dev.mitosis.workloads.recorder;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An architecture whose programs are recorded, and QEMU's user-mode emulator for it.
 *
 * <p>Page tables are simulated in the format of x86-64 whatever the program is for: an AArch64 program shows which addresses it
 * touches, not what its own page tables would cost.
 */
enum Emulator {
    X86_64("qemu-x86_64", 62),
    AARCH64("qemu-aarch64", 183);

    /** Where Debian's cross compilers put the loader and the libraries of AArch64 programs. */
    private static final Path AARCH64_PREFIX = Path.of("/usr/aarch64-linux-gnu");

    private final String program;
    private final int elfMachine;

    Emulator(String program, int elfMachine) {
        this.program = program;
        this.elfMachine = elfMachine;
    }

    /** The one for a machine number of elf(5), or null. */
    static @Nullable Emulator of(int elfMachine) {
        for (Emulator emulator : values()) {
            if (emulator.elfMachine == elfMachine) {
                return emulator;
            }
        }
        return null;
    }

    String program() {
        return program;
    }

    /** Where it is installed, or null. */
    @Nullable
    Path path() {
        return ProgramFile.inPath(program);
    }

    /** Where it is installed; {@link RecorderException} when it is not. */
    Path installed() throws RecorderException {
        Path path = path();
        if (path == null) {
            throw new RecorderException(
                    RecorderException.FAILED, "the recorder needs " + program + ": apt-get install qemu-user");
        }
        return path;
    }

    /** Whether a program of this architecture finds a file by this path. */
    boolean hasFile(String file) {
        if (Files.exists(Path.of(file))) {
            return true;
        }
        String searched = System.getenv("QEMU_LD_PREFIX");
        String folder = searched != null ? searched : this == AARCH64 ? prefix() : "";
        return !folder.isEmpty() && Files.exists(Path.of(folder + file));
    }

    /** What QEMU is told of where the libraries of its programs are. */
    List<String> prefixOptions() {
        return this == AARCH64 && !prefix().isEmpty() ? List.of("-L", prefix()) : List.of();
    }

    /** The folder before the path of an AArch64 program's loader; empty for the host's, or for what the user's environment says. */
    static String prefix() {
        return System.getenv("QEMU_LD_PREFIX") == null && Files.isDirectory(AARCH64_PREFIX)
                ? AARCH64_PREFIX.toString()
                : "";
    }

    /** The plugin's arguments for both, so that a program may execute one of the other. */
    static String pluginArguments() {
        StringBuilder text = new StringBuilder();
        for (Emulator emulator : values()) {
            Path path = emulator.path();
            if (path != null) {
                text.append(',').append(emulator.name().toLowerCase(java.util.Locale.ROOT));
                text.append('=').append(path);
            }
        }
        return prefix().isEmpty() ? text.toString() : text + ",prefix=" + prefix();
    }
}
