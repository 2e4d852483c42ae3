/**
 * Measures this host: latencies and bandwidths between its nodes, its caches, what its TLBs reach, and walks of real page-table pages.
 *
 * <p>Every number is a minimum of rounds, because whatever else runs on a machine only makes it slower; the spread says by how much.
 */
@NullMarked
package dev.mitosis.halnative.calibrate;

import org.jspecify.annotations.NullMarked;
