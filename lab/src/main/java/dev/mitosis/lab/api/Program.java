package dev.mitosis.lab.api;

import dev.mitosis.lab.whatif.ProgramRecording;
import dev.mitosis.lab.whatif.Recording;
import dev.mitosis.lab.whatif.TraceConversion;
import dev.mitosis.lab.whatif.TraceConversion.Converted;
import dev.mitosis.lab.whatif.WhatIf;
import dev.mitosis.workloads.trace.TraceWriter;
import dev.mitosis.workloads.trace.format.TraceFormatRegistry;
import dev.mitosis.workloads.trace.format.TraceInput;
import dev.mitosis.workloads.trace.sampling.SamplingPlan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * A program as its trace has it: every access to memory and every memory call, in a file that stays where it is.
 *
 * <p>Errors: {@link IOException} in one line, with the file, for a trace that cannot be read or a program that cannot be recorded.
 */
@Stable
public final class Program {
    private final Recording recording;
    private final List<String> notes;

    private Program(Recording recording, List<String> notes) {
        this.recording = recording;
        this.notes = List.copyOf(notes);
    }

    /** Runs a program, unmodified, and records it into a new trace file. Needs Valgrind or QEMU, and a C compiler for the first use. */
    public static Program record(Path trace, String... argv) throws IOException {
        SamplingPlan everything = SamplingPlan.EVERYTHING;
        ProgramRecording recorded = ProgramRecording.record(List.of(argv), trace, everything, accesses -> {});
        return new Program(recorded.recording(), recorded.notes(everything));
    }

    /** A program that was recorded before. */
    public static Program trace(Path trace) throws IOException {
        return new Program(WhatIf.scan(trace), List.of());
    }

    /** A program as another tool has traced it (lackey, ChampSim, DynamoRIO, perf): what {@code from} holds is written to {@code trace}. */
    public static Program converted(Path from, Path trace) throws IOException {
        try (TraceInput input = TraceInput.open(from)) {
            TraceWriter writer = TraceFormatRegistry.find("mitosis")
                    .writer(trace)
                    .orElseThrow(() -> new IllegalStateException("our own format cannot be written"));
            Converted converted =
                    TraceConversion.convert(input, TraceFormatRegistry.detect(input), writer, bytes -> {});
            return new Program(WhatIf.scan(trace, from.toString()), converted.notes());
        }
    }

    /** The command line, or the file that it came from. */
    public String name() {
        return recording.program();
    }

    /** Accesses to memory of all threads. */
    public long accesses() {
        return recording.accesses();
    }

    /** Instructions of all threads; 0 where the trace has none. */
    public long instructions() {
        return recording.instructions();
    }

    /** Bytes of the 4 KiB pages that it touched. */
    public long workingSetBytes() {
        return recording.pages() << 12;
    }

    public int threads() {
        return recording.threads();
    }

    Recording recording() {
        return recording;
    }

    /** What a reader of an answer should know. */
    List<String> notes() {
        return notes;
    }
}
