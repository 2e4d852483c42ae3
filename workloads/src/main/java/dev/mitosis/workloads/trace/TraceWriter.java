package dev.mitosis.workloads.trace;

import java.io.IOException;

/**
 * A trace file in the making: it takes events, and is put in its place whole by {@link #commit}.
 *
 * <p>Errors: events throw {@link java.io.UncheckedIOException} for a full disk and the like; closed without a commit, nothing is left.
 */
public interface TraceWriter extends TraceSink, AutoCloseable {
    /** Writes what is left and puts the file in its place; the last event must have come. */
    void commit() throws IOException;

    @Override
    void close() throws IOException;
}
