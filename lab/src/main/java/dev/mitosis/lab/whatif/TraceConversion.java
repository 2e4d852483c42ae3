package dev.mitosis.lab.whatif;

import dev.mitosis.halsim.AccessBatch;
import dev.mitosis.lab.replay.GrowthWatcher;
import dev.mitosis.workloads.trace.ForwardingSink;
import dev.mitosis.workloads.trace.TraceException;
import dev.mitosis.workloads.trace.TraceWriter;
import dev.mitosis.workloads.trace.format.TraceFormat;
import dev.mitosis.workloads.trace.format.TraceInput;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * Turns a trace of any format into a file of another, and looks at the program while it passes, as recording it would have done.
 *
 * <p>A comparison reads a trace once for each policy, so one that is slow to read is converted first, even for a single answer.
 */
public final class TraceConversion {
    private TraceConversion() {}

    /**
     * What was converted.
     *
     * @param notes what a reader of an answer from it should know
     */
    public record Converted(Recording recording, List<String> notes) {}

    /**
     * Reads all of {@code input} and commits it to {@code writer}, which is closed.
     *
     * @param made the file that the writer makes
     * @param progress hears how many bytes of the file were read
     */
    public static Converted convert(
            TraceInput input, TraceFormat from, TraceWriter writer, Path made, LongConsumer progress)
            throws IOException {
        long started = System.nanoTime();
        try (writer) {
            GrowthWatcher growth = new GrowthWatcher(writer);
            List<String> notes = from.read(input, new ForwardingSink(growth) {
                @Override
                public void accesses(int process, int thread, AccessBatch batch) {
                    super.accesses(process, thread, batch);
                    progress.accept(input.filePosition());
                }
            });
            if (growth.accesses() == 0) {
                throw new TraceException(
                        input.file(), input.filePosition(), "the trace ends without an access to memory");
            }
            writer.commit();
            double seconds = (System.nanoTime() - started) / 1e9;
            return new Converted(WhatIf.recording(input.file().toString(), made, growth, seconds), notes);
        }
    }
}
