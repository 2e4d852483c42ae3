/**
 * What a host is made of: nodes, cores, caches, TLBs, distances, and which of them a process may use.
 *
 * <p>These are values; {@code sysfs} and {@code hwloc} make them.
 *
 * <p>May import {@code files}.
 */
@NullMarked
package dev.mitosis.halnative.topology;

import org.jspecify.annotations.NullMarked;
