/**
 * Recorded programs as streams of events, and the formats they are kept in.
 *
 * <p>A producer (the recorder, a trace file) pushes events into a {@link dev.mitosis.workloads.trace.TraceSink}, in an order
 * that agrees with what happened: the accesses of a thread in program order, and across threads no access before the
 * mapping call that allowed it or after the one that forbade it. Our own trace file is here; it and those of other tools are chosen
 * among in {@code format}.
 */
@NullMarked
package dev.mitosis.workloads.trace;

import org.jspecify.annotations.NullMarked;
