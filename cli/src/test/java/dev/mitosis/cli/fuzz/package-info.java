/**
 * Damaged input for every reader of bytes that others wrote: whatever comes, a reader hands on events or refuses with one line.
 *
 * <p>{@link dev.mitosis.cli.fuzz.ForeignReader} lists the readers with inputs that are right; {@link dev.mitosis.cli.fuzz.Damage} changes
 * them; {@link dev.mitosis.cli.fuzz.Fuzzing} holds a reader to what it promises.
 */
@NullMarked
package dev.mitosis.cli.fuzz;

import org.jspecify.annotations.NullMarked;
