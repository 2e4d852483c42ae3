package dev.mitosis.workloads.recorder;

import dev.mitosis.workloads.trace.DiscardingSink;
import java.io.IOException;
import java.util.List;

/** A recorder in a process of its own, which keeps nothing; the arguments are its name and the program. */
final class RecordedProgram {
    private RecordedProgram() {}

    public static void main(String[] args) throws IOException {
        RecorderSettings settings = RecorderSettings.DEFAULT.with(RecorderChoice.of(args[0]));
        List<String> program = List.of(args).subList(1, args.length);
        System.exit(Recorder.record(program, new DiscardingSink(), settings, () -> false)
                .status());
    }
}
