package dev.mitosis.lab.whatif;

import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.workloads.trace.ForwardingSink;
import dev.mitosis.workloads.trace.TraceException;
import dev.mitosis.workloads.trace.TraceWriter;
import dev.mitosis.workloads.trace.format.TraceFormat;
import dev.mitosis.workloads.trace.format.TraceInput;
import java.io.IOException;
import java.util.List;
import java.util.function.LongConsumer;

/**
 * A trace of any format on its way into a file of another: it counts what passes.
 *
 * <p>A comparison reads a trace once for each policy, so one that is slow to read is converted first, even for a single answer.
 *
 * <p>Memory does not depend on the trace's length, nor on how much memory its program touched.
 */
public final class TraceConversion extends ForwardingSink {
    private final TraceInput input;
    private final LongConsumer progress;
    private long accesses;
    private int threads;

    private TraceConversion(TraceInput input, TraceWriter writer, LongConsumer progress) {
        super(writer);
        this.input = input;
        this.progress = progress;
    }

    /**
     * What was converted.
     *
     * @param accesses before folding
     * @param notes what a reader of an answer from it should know
     */
    public record Converted(long accesses, int threads, double seconds, List<String> notes) {}

    /**
     * Reads all of {@code input} and commits it to {@code writer}, which is closed.
     *
     * @param progress hears how many bytes of the file were read
     */
    public static Converted convert(TraceInput input, TraceFormat from, TraceWriter writer, LongConsumer progress)
            throws IOException {
        long started = System.nanoTime();
        try (writer) {
            TraceConversion passing = new TraceConversion(input, writer, progress);
            List<String> notes = from.read(input, passing);
            if (passing.accesses == 0) {
                throw new TraceException(
                        input.file(), input.filePosition(), "the trace ends without an access to memory");
            }
            writer.commit();
            double seconds = (System.nanoTime() - started) / 1e9;
            return new Converted(passing.accesses, passing.threads, seconds, notes);
        }
    }

    @Override
    public void threadStarted(int process, int thread) {
        threads++;
        super.threadStarted(process, thread);
    }

    @Override
    public void accesses(int process, int thread, AccessBatch batch) {
        accesses += batch.rawAccesses();
        super.accesses(process, thread, batch);
        progress.accept(input.filePosition());
    }
}
