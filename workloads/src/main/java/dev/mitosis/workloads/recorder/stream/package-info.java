/**
 * What recorded processes send, and how it becomes events.
 *
 * <pre>
 *   one a process                                   one a recording
 *   socket        ──► ProcessStream ┐
 *   shared memory ──► SharedEntries ┴─ a thread ──► RecordedEvents, under its lock ──► TraceSink
 *                                                   ProgressWatch looks at each process now and then
 * </pre>
 *
 * <p>It knows nothing of how programs are started, or by which recorder.
 */
@NullMarked
package dev.mitosis.workloads.recorder.stream;

import org.jspecify.annotations.NullMarked;
