/**
 * The simulated multi-socket server: processors with TLBs, page-walk caches and walkers, caches that page-table lines and
 * data lines compete for, and memory whose latency depends on the pair of nodes and its load.
 *
 * <pre>
 *   SimBoard ─┬─ machine   the numbers of a machine, each with a source
 *             ├─ cpu       a core: batches in, counters out; the kernel's own work
 *             │   └─ walk ── tlb     walkers of one and of two trees; TLBs and walk caches
 *             ├─ cache     private caches of a core, the last level of a node
 *             ├─ cost      counters, and the cycles that they cost
 *             └─ quantum   sockets side by side on several host threads, with one result
 * </pre>
 *
 * <p>{@link dev.mitosis.halsim.SimBoard} puts these parts together; no part knows the board.
 *
 * <p>May import {@code hal} and {@code x86}.
 */
@NullMarked
package dev.mitosis.halsim;

import org.jspecify.annotations.NullMarked;
