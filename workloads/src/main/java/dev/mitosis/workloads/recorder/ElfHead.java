package dev.mitosis.workloads.recorder;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The beginning of a program's file: an ELF header with its program headers, or the first line of a script.
 *
 * <p>Source: elf(5), execve(2) on interpreter scripts.
 */
final class ElfHead {
    private static final int HEADER_BYTES = 64;
    private static final int CLASS = 4;
    private static final int CLASS_64 = 2;
    private static final int MACHINE = 18;
    private static final int PROGRAM_HEADERS = 32;
    private static final int PROGRAM_HEADER_COUNT = 56;
    private static final int PROGRAM_HEADER_BYTES = 56;
    private static final int PT_INTERP = 3;
    /** As much of a first line as Linux reads. */
    private static final int LINE_BYTES = 256;

    private final byte[] bytes;

    ElfHead(byte[] bytes) {
        this.bytes = bytes;
    }

    boolean isScript() {
        return bytes.length >= 2 && bytes[0] == '#' && bytes[1] == '!';
    }

    /** The interpreter of a script, and its argument if there is one. */
    List<byte[]> scriptWords() {
        int end = 2;
        while (end < Math.min(bytes.length, LINE_BYTES) && bytes[end] != '\n') {
            end++;
        }
        // One byte a character, so that the words are the bytes of the file again.
        String line = new String(bytes, 2, end - 2, StandardCharsets.ISO_8859_1).strip();
        return line.isEmpty()
                ? List.of()
                : Arrays.stream(line.split("[ \t]+", 2))
                        .map(word -> word.getBytes(StandardCharsets.ISO_8859_1))
                        .toList();
    }

    /** Who emulates it; {@link RecorderException} for what is no program, is for another machine, or lacks its loader. */
    Emulator emulator(String name) throws RecorderException {
        boolean isElf = bytes.length >= HEADER_BYTES
                && bytes[0] == 0x7F
                && bytes[1] == 'E'
                && bytes[2] == 'L'
                && bytes[3] == 'F';
        if (!isElf) {
            throw new RecorderException(
                    RecorderException.NOT_EXECUTABLE, name + ": neither an ELF program nor a script that names one");
        }
        int machine = (bytes[MACHINE] & 0xFF) | (bytes[MACHINE + 1] & 0xFF) << 8;
        boolean is64 = bytes[CLASS] == CLASS_64;
        Emulator emulator = is64 ? Emulator.of(machine) : null;
        if (emulator == null) {
            throw new RecorderException(
                    RecorderException.NOT_EXECUTABLE,
                    name + ": a program for another architecture (ELF machine " + machine + ", " + (is64 ? 64 : 32)
                            + " bits); the recorder runs x86-64 and AArch64");
        }
        String loader = loader();
        if (loader != null && !emulator.hasFile(loader)) {
            throw new RecorderException(
                    RecorderException.NOT_FOUND, name + ": its loader " + loader + " is not on this machine");
        }
        return emulator;
    }

    /** The path of the dynamic loader, or null for a static program. */
    private @Nullable String loader() {
        ByteBuffer head = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        long at = head.getLong(PROGRAM_HEADERS);
        int count = head.getShort(PROGRAM_HEADER_COUNT) & 0xFFFF;
        for (int i = 0; i < count && at >= 0 && at + PROGRAM_HEADER_BYTES <= bytes.length; i++) {
            if (head.getInt((int) at) == PT_INTERP) {
                long offset = head.getLong((int) at + 8);
                long length = head.getLong((int) at + 32);
                boolean isHere = offset > 0 && length > 1 && offset < bytes.length && length <= bytes.length - offset;
                return isHere ? new String(bytes, (int) offset, (int) length - 1, StandardCharsets.UTF_8) : null;
            }
            at += PROGRAM_HEADER_BYTES;
        }
        return null;
    }
}
