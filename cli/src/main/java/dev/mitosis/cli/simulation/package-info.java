/**
 * The commands that simulate: one run of a synthetic workload, a published figure, a dump of page tables.
 *
 * <p>They are made as those of {@link dev.mitosis.cli.program}.
 */
@NullMarked
package dev.mitosis.cli.simulation;

import org.jspecify.annotations.NullMarked;
