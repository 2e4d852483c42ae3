/**
 * The numbers of a machine: parts, sizes, latencies and bandwidths, read from one {@code .conf} file, each with its source.
 *
 * <p>May import {@code hal}.
 */
@NullMarked
package dev.mitosis.halsim.machine;

import org.jspecify.annotations.NullMarked;
