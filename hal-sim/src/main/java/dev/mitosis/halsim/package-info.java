/**
 * The simulated multi-socket server: processors with TLBs, page-walk caches and walkers, caches that page-table lines and
 * data lines compete for, and memory whose latency depends on the pair of nodes and its load.
 *
 * <p>May import {@code hal} and {@code x86}.
 */
@NullMarked
package dev.mitosis.halsim;

import org.jspecify.annotations.NullMarked;
