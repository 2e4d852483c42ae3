/**
 * What runs on the machine: synthetic programs that compute their addresses, recorded programs, and traces of either.
 *
 * <p>May import {@code halsim} and everything below it.
 */
@NullMarked
package dev.mitosis.workloads;

import org.jspecify.annotations.NullMarked;
