package dev.mitosis.workloads.recorder;

import dev.mitosis.halnative.libc.RawCommandLine;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A program as the shell would find it, checked to be something that the recorder can run: an ELF file of an architecture that
 * there is an emulator for, with its loader, or a script whose interpreter is one.
 *
 * <p>Names are bytes: what a file is called need not be text in this locale, or in any.
 *
 * <p>Source: execve(2), elf(5).
 *
 * @param emulator for its architecture
 * @param path of the program; of a script, that of its interpreter
 * @param argv as the user gave them
 * @param started what the kernel would give to that program, the first argument included
 */
record ProgramFile(Emulator emulator, List<byte[]> path, List<byte[]> argv, List<byte[]> started) {

    /** Finds a program in PATH, or by its path when it has a slash. */
    static ProgramFile find(List<byte[]> argv) throws RecorderException {
        byte[] path = locate(argv.get(0));
        ElfHead head;
        try (ProgramHandle program = ProgramHandle.open(path)) {
            head = program.checkedHead();
        }
        if (head.isScript()) {
            return script(path, head, argv);
        }
        return new ProgramFile(head.emulator(text(path)), List.of(path), argv, argv);
    }

    /** Its path for a program that takes options before it, which a path that begins with a dash must not look like. */
    byte[] location() {
        byte[] found = path.get(0);
        return found[0] == '-' ? join(bytes("./"), found) : found;
    }

    static byte[] bytes(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }

    static String text(byte[] bytes) {
        return new String(bytes, StandardCharsets.UTF_8);
    }

    private static byte[] join(byte[]... parts) {
        ByteArrayOutputStream joined = new ByteArrayOutputStream();
        for (byte[] part : parts) {
            joined.writeBytes(part);
        }
        return joined.toByteArray();
    }

    private static byte[] locate(byte[] name) throws RecorderException {
        if (name.length == 0) {
            throw new RecorderException(RecorderException.NOT_FOUND, "the program's name is empty");
        }
        for (byte b : name) {
            if (b == '/') {
                return name;
            }
        }
        for (byte[] folder : searchPath()) {
            byte[] candidate = folder.length == 0 ? name : join(folder, bytes("/"), name);
            try (ProgramHandle program = ProgramHandle.open(candidate)) {
                if (program.isExecutable()) {
                    return candidate;
                }
            } catch (RecorderException absent) {
                // The next folder may have it.
            }
        }
        throw new RecorderException(RecorderException.NOT_FOUND, text(name) + ": no such program in PATH");
    }

    private static List<byte[]> searchPath() {
        byte[] key = bytes("PATH=");
        for (byte[] variable : RawCommandLine.environment()) {
            if (variable.length >= key.length && Arrays.equals(Arrays.copyOf(variable, key.length), key)) {
                return split(Arrays.copyOfRange(variable, key.length, variable.length));
            }
        }
        return List.of(bytes("/usr/bin"), bytes("/bin"));
    }

    private static List<byte[]> split(byte[] folders) {
        List<byte[]> parts = new ArrayList<>();
        int first = 0;
        for (int i = 0; i <= folders.length; i++) {
            if (i == folders.length || folders[i] == ':') {
                parts.add(Arrays.copyOfRange(folders, first, i));
                first = i + 1;
            }
        }
        return parts;
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

    private static ProgramFile script(byte[] path, ElfHead head, List<byte[]> argv) throws RecorderException {
        List<byte[]> words = head.scriptWords();
        byte[] interpreter = words.isEmpty() ? new byte[0] : words.get(0);
        ElfHead inner;
        try (ProgramHandle program = ProgramHandle.open(interpreter)) {
            inner = program.checkedHead();
        } catch (RecorderException e) {
            throw new RecorderException(
                    RecorderException.NOT_FOUND,
                    text(path) + ": its interpreter '" + text(interpreter) + "' is not there");
        }
        List<byte[]> command = new ArrayList<>(words);
        command.add(path);
        command.addAll(argv.subList(1, argv.size()));
        return new ProgramFile(inner.emulator(text(interpreter)), List.of(interpreter), argv, command);
    }

    /** What QEMU is told in the place of a command: the path, and the name by which it was called. */
    List<byte[]> emulated() {
        List<byte[]> words = new ArrayList<>(List.of(bytes("-0"), started.get(0), location()));
        words.addAll(started.subList(1, started.size()));
        return words;
    }
}
