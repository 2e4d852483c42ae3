/**
 * The formats that traces come in, one class each, and what they share.
 *
 * <p>A {@link dev.mitosis.workloads.trace.format.TraceFormat} turns bytes into events. Those of other tools know addresses and no
 * mappings: they go through {@link dev.mitosis.workloads.trace.format.TouchedProgram}, which maps what is touched. A new format is
 * one class and one line in {@link dev.mitosis.workloads.trace.format.TraceFormatRegistry}; a text format extends
 * {@link dev.mitosis.workloads.trace.format.TextFormat} and says only what a line is.
 *
 * <p>Traces are untrusted: no line, table or number here grows with what a trace claims.
 */
@NullMarked
package dev.mitosis.workloads.trace.format;

import org.jspecify.annotations.NullMarked;
