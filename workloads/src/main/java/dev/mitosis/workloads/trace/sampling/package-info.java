/**
 * How much of a program is kept: everything, its first or last accesses, or windows.
 *
 * <pre>
 *   recorder or trace ──► Sampler ─────────────► trace file      everything, --first, --window
 *                     └─► LastAccesses ─► Sampler ─┘             --last
 * </pre>
 *
 * <p>Page tables must become what they were, so what changes them is never left out: memory calls, processes, and the first touch of
 * each page. How windows are chosen, and how well they predict, stands in {@code docs/sampling.md}.
 */
@NullMarked
package dev.mitosis.workloads.trace.sampling;

import org.jspecify.annotations.NullMarked;
