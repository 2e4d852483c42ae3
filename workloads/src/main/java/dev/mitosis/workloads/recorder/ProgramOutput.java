package dev.mitosis.workloads.recorder;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where the standard output of a recorded program goes. Its other streams are always ours.
 *
 * @param file the file that gets it, or null
 * @param toStandardError whether it goes to our standard error
 */
public record ProgramOutput(@Nullable Path file, boolean toStandardError) {
    /** To our standard output. */
    public static final ProgramOutput INHERITED = new ProgramOutput(null, false);

    public static final ProgramOutput STANDARD_ERROR = new ProgramOutput(null, true);

    /** To a file, which is emptied before. */
    public static ProgramOutput to(Path file) {
        return new ProgramOutput(file, false);
    }

    /** A process that is not started yet. */
    ProcessBuilder process(List<String> command) {
        if (toStandardError) {
            // Java cannot give a child one of its own streams as another. The shell can, and is gone before the program
            // starts.
            List<String> redirected = new ArrayList<>(List.of("/bin/sh", "-c", "exec \"$@\" >&2", "sh"));
            redirected.addAll(command);
            return new ProcessBuilder(redirected).inheritIO();
        }
        ProcessBuilder process = new ProcessBuilder(command).inheritIO();
        return file == null ? process : process.redirectOutput(file.toFile());
    }
}
