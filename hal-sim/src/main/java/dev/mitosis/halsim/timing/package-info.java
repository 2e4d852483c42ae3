/**
 * How long a core takes for accesses whose answers are known: an interval model of an out-of-order core.
 *
 * <pre>
 *   Cpu ── pieces of its stream ──> ReferenceSample ──> CoreTiming ──> cycles, under any latencies
 * </pre>
 */
@NullMarked
package dev.mitosis.halsim.timing;

import org.jspecify.annotations.NullMarked;
