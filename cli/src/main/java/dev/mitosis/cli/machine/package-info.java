/**
 * The commands that tell of a machine: what it looks like, how fast it is, which processors are close.
 *
 * <p>They are made as those of {@link dev.mitosis.cli.program}.
 */
@NullMarked
package dev.mitosis.cli.machine;

import org.jspecify.annotations.NullMarked;
