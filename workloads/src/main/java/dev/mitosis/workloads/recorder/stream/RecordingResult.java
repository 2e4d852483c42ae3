package dev.mitosis.workloads.recorder.stream;

import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * How a recording went.
 *
 * @param status the program's exit code, or 128 + the signal that killed it
 * @param accesses before folding
 * @param entries that stand for them
 * @param isWhole false when the recording ended before all of the program had
 * @param recorder what ran the program
 * @param notes what a user should know: programs that ran unrecorded
 * @param broken why the events could not be kept any longer, or null; the program went on
 */
public record RecordingResult(
        int status,
        long accesses,
        long entries,
        double seconds,
        int processes,
        int threads,
        boolean isWhole,
        String recorder,
        List<String> notes,
        @Nullable IOException broken) {
    public RecordingResult {
        notes = List.copyOf(notes);
    }

    /** Why the events could not be kept any longer. */
    public Optional<IOException> failure() {
        return Optional.ofNullable(broken);
    }
}
