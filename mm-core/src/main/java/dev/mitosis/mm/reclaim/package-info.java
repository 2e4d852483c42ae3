/**
 * Daemons that work on pages nobody asked about: reclaim, same-page merging, huge-page collapse and NUMA hints.
 *
 * <p>They visit address spaces they do not own, so reclaim and merging only try to lock one and skip it when they cannot. May import
 * everything of {@code mm}.
 */
@NullMarked
package dev.mitosis.mm.reclaim;

import org.jspecify.annotations.NullMarked;
