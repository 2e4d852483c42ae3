package dev.mitosis.workloads.recorder;

import dev.mitosis.workloads.trace.PartialFile;
import dev.mitosis.workloads.trace.TraceFileWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;

/** A recorder as a process of its own, to be killed by a test: the arguments are the trace file and the program. */
final class KilledRecorder {
    private KilledRecorder() {}

    public static void main(String[] args) throws IOException {
        try (TraceFileWriter writer = new TraceFileWriter(PartialFile.visible(Path.of(args[0])))) {
            Recorder.record(Arrays.asList(args).subList(1, args.length), writer);
            writer.commit();
        }
    }
}
