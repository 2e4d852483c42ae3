/**
 * Caches as what they decide: which 64-byte lines are present, in least-recently-used order, without contents.
 *
 * <p>A set is a run of integers ordered from most to least recently used, so that a look-up and the fill that follows a
 * miss are one pass over a few neighbouring words, and no age stamps exist. Data lines and page-table lines enter through
 * the same door ({@link dev.mitosis.halsim.cache.CoreCaches#access}) and push each other out: that competition decides
 * whether a walk reads DRAM.
 *
 * <pre>
 *   core 0:  L1D ── L2 ──┐
 *   core 1:  L1D ── L2 ──┼── last level, one a socket ── DRAM of the line's node
 *   ...                  ┘
 * </pre>
 *
 * <p>Lines have no coherence state: a store does not take a line away from another socket. Imports nothing of the project but
 * {@code hal}.
 */
@NullMarked
package dev.mitosis.halsim.cache;

import org.jspecify.annotations.NullMarked;
