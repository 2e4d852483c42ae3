package dev.mitosis.workloads.recorder;

import java.util.List;

/**
 * How a recording went.
 *
 * @param status the program's exit code, or 128 + the signal that killed it
 * @param accesses before folding
 * @param entries that stand for them
 * @param notes what a user should know: programs that ran unrecorded
 */
public record RecordingResult(
        int status, long accesses, long entries, double seconds, int processes, int threads, List<String> notes) {
    public RecordingResult {
        notes = List.copyOf(notes);
    }
}
