package dev.mitosis.workloads.recorder;

import dev.mitosis.halnative.libc.LibcCalls;
import dev.mitosis.halnative.libc.SpawnCalls;
import java.nio.file.Path;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * Where the standard output of a recorded program goes. Its other streams are always ours.
 *
 * @param file the file that gets it, or null
 * @param toStandardError whether it goes to our standard error
 */
public record ProgramOutput(@Nullable Path file, boolean toStandardError) {
    private static final int STANDARD_ERROR_DESCRIPTOR = 2;

    /** To our standard output. */
    public static final ProgramOutput INHERITED = new ProgramOutput(null, false);

    public static final ProgramOutput STANDARD_ERROR = new ProgramOutput(null, true);

    /** To a file, which is emptied before. */
    public static ProgramOutput to(Path file) {
        return new ProgramOutput(file, false);
    }

    /** The descriptor that becomes the program's standard output, or -1 for our own; one of a file is the caller's to close. */
    int open() throws RecorderException {
        if (file == null) {
            return toStandardError ? STANDARD_ERROR_DESCRIPTOR : -1;
        }
        int fd = SpawnCalls.create(ProgramFile.bytes(file.toString()));
        if (fd < 0) {
            throw new RecorderException(
                    RecorderException.FAILED,
                    file + ": " + new LibcCalls().strerror(-fd).toLowerCase(Locale.ROOT));
        }
        return fd;
    }

    /** Closes what {@link #open} gave. */
    void close(int fd) {
        if (file != null) {
            SpawnCalls.close(fd);
        }
    }
}
