package dev.mitosis.workloads.recorder;

import dev.mitosis.workloads.trace.DiscardingSink;
import java.io.IOException;
import java.util.List;

/** A recorder in a process of its own, which keeps nothing. */
final class RecordedProgram {
    private RecordedProgram() {}

    public static void main(String[] args) throws IOException {
        System.exit(Recorder.record(List.of(args), new DiscardingSink()).status());
    }
}
