/**
 * How long a cache line takes from one processor of this host to another, measured by pinned threads.
 *
 * <p>{@link dev.mitosis.halnative.discovery.TransferProbe} goes through all pairs in rounds, so that a disturbance hits a round and
 * not a pair, and keeps the fastest sample of each. {@link dev.mitosis.halnative.discovery.LineExchange} is one pair's exchange:
 *
 * <pre>
 *   processor a    compare-and-set 0 → 1 ·················· 0 → 1 ··········      one way = time / exchanges / 2
 *   processor b    ················· compare-and-set 1 → 0 ········ 1 → 0
 * </pre>
 *
 * <p>What groups follow from the latencies is not decided here. May import {@code halnative}.
 */
@NullMarked
package dev.mitosis.halnative.discovery;

import org.jspecify.annotations.NullMarked;
