/**
 * Synthetic workloads in the configurations of the papers: one call, one result.
 */
@NullMarked
package dev.mitosis.lab.run;

import org.jspecify.annotations.NullMarked;
