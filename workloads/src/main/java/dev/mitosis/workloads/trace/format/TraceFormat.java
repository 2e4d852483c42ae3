package dev.mitosis.workloads.trace.format;

import dev.mitosis.workloads.trace.TraceSink;
import dev.mitosis.workloads.trace.TraceWriter;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A way to keep a trace in a file. An instance keeps nothing of what it reads. */
public interface TraceFormat {
    /** The name on the command line; a file whose name holds it is taken for this format when its content says nothing. */
    String name();

    /** What writes it, in a few words. */
    String description();

    /** Says whether a file that begins so is in this format. {@code head} holds the first bytes, decompressed. */
    boolean recognises(byte[] head, int length);

    /**
     * Hands all events to a sink, the end included.
     *
     * <p>Errors: {@link dev.mitosis.workloads.trace.TraceException} with file and place for a trace that is damaged or cut short.
     *
     * @return what a reader of an answer from this trace should know of it
     */
    List<String> read(TraceInput input, TraceSink sink) throws IOException;

    /** Writes a file in this format; empty for a format that is only read. */
    default Optional<TraceWriter> writer(Path file) throws IOException {
        return Optional.empty();
    }
}
