/**
 * The commands that answer for a program of the user's: record it, and replay it on a simulated machine.
 *
 * <p>A command is a {@code Callable<Integer>} with picocli annotations and a public constructor without arguments. It mixes
 * in {@link dev.mitosis.cli.terminal.OutputOptions} and {@link dev.mitosis.cli.terminal.RunOptions}, so that the common options
 * read the same everywhere. Its footer shows examples that work as printed. One that runs a program also implements
 * {@link dev.mitosis.cli.terminal.TakesProgram}.
 */
@NullMarked
package dev.mitosis.cli.program;

import org.jspecify.annotations.NullMarked;
