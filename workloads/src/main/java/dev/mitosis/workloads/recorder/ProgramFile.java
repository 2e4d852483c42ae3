package dev.mitosis.workloads.recorder;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A program as the shell would find it, checked to be something that the recorder can run: an ELF file of an architecture that
 * there is an emulator for, or a script whose interpreter is one.
 *
 * <p>Source: execve(2), elf(5).
 *
 * @param argv as the user gave it
 * @param emulated what QEMU is told in its place: paths, with {@code -0} and the name where it differs
 */
record ProgramFile(Emulator emulator, List<String> argv, List<String> emulated) {
    private static final int HEAD_BYTES = 256;

    /** Finds a program in PATH, or by its path when it has a slash. */
    static ProgramFile find(List<String> argv) throws RecorderException {
        String name = argv.get(0);
        Path path = locate(name);
        byte[] head = head(path);
        if (head.length >= 2 && head[0] == '#' && head[1] == '!') {
            return script(path, head, argv);
        }
        Emulator emulator = emulatorOf(path, head);
        List<String> command = new ArrayList<>(List.of("-0", name, path.toString()));
        command.addAll(argv.subList(1, argv.size()));
        return new ProgramFile(emulator, argv, command);
    }

    private static Path locate(String name) throws RecorderException {
        if (name.isEmpty()) {
            throw new RecorderException(RecorderException.NOT_FOUND, "the program's name is empty");
        }
        if (name.contains("/")) {
            return checked(Path.of(name));
        }
        Path found = inPath(name);
        if (found == null) {
            throw new RecorderException(RecorderException.NOT_FOUND, name + ": no such program in PATH");
        }
        return found;
    }

    /** The first executable file of a name in PATH, or null. */
    static @Nullable Path inPath(String name) {
        String search = System.getenv("PATH");
        for (String folder : (search == null ? "/usr/bin:/bin" : search).split(":", -1)) {
            Path candidate = Path.of(folder.isEmpty() ? "." : folder, name);
            if (Files.isRegularFile(candidate) && Files.isExecutable(candidate)) {
                return candidate;
            }
        }
        return null;
    }

    private static Path checked(Path path) throws RecorderException {
        if (!Files.exists(path)) {
            throw new RecorderException(RecorderException.NOT_FOUND, path + ": no such file or directory");
        }
        if (Files.isDirectory(path)) {
            throw new RecorderException(RecorderException.NOT_EXECUTABLE, path + ": is a directory");
        }
        if (!Files.isExecutable(path)) {
            throw new RecorderException(RecorderException.NOT_EXECUTABLE, path + ": not executable");
        }
        return path;
    }

    private static byte[] head(Path path) throws RecorderException {
        try (InputStream in = Files.newInputStream(path)) {
            return in.readNBytes(HEAD_BYTES);
        } catch (IOException e) {
            throw new RecorderException(RecorderException.NOT_EXECUTABLE, path + ": cannot be read");
        }
    }

    private static Emulator emulatorOf(Path path, byte[] head) throws RecorderException {
        boolean isElf = head.length >= 20 && head[0] == 0x7F && head[1] == 'E' && head[2] == 'L' && head[3] == 'F';
        if (!isElf) {
            throw new RecorderException(
                    RecorderException.NOT_EXECUTABLE, path + ": neither an ELF program nor a script that names one");
        }
        int machine = (head[18] & 0xFF) | (head[19] & 0xFF) << 8;
        Emulator emulator = head[4] == 2 ? Emulator.of(machine) : null;
        if (emulator == null) {
            throw new RecorderException(
                    RecorderException.NOT_EXECUTABLE,
                    path + ": a program for another architecture (ELF machine " + machine + ", "
                            + (head[4] == 2 ? 64 : 32) + " bits); the recorder runs x86-64 and AArch64");
        }
        return emulator;
    }

    private static ProgramFile script(Path path, byte[] head, List<String> argv) throws RecorderException {
        String line = new String(head, 2, head.length - 2, StandardCharsets.UTF_8)
                .lines()
                .findFirst()
                .orElse("")
                .strip();
        String[] words = line.split("\\s+", 2);
        Path interpreter = Path.of(words[0]);
        if (words[0].isEmpty() || !Files.isExecutable(interpreter)) {
            throw new RecorderException(
                    RecorderException.NOT_FOUND, path + ": its interpreter '" + words[0] + "' is not there");
        }
        Emulator emulator = emulatorOf(interpreter, head(interpreter));
        List<String> command = new ArrayList<>();
        command.add(interpreter.toString());
        if (words.length > 1) {
            command.add(words[1]);
        }
        command.add(path.toString());
        command.addAll(argv.subList(1, argv.size()));
        return new ProgramFile(emulator, argv, command);
    }
}
