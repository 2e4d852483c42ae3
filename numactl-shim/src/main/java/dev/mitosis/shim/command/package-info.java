/**
 * The subcommands of {@code mitosis}, one class each: options in, one call of the laboratory, a report out.
 *
 * <p>A command is a {@code Callable<Integer>} with picocli annotations and a public constructor without arguments. It mixes
 * in {@link dev.mitosis.shim.OutputOptions} and {@link dev.mitosis.shim.RunOptions}, so that the common options read the
 * same everywhere. Its footer shows examples that work as printed. One that runs a program of the user's also implements
 * {@link dev.mitosis.shim.command.TakesProgram}.
 */
@NullMarked
package dev.mitosis.shim.command;

import org.jspecify.annotations.NullMarked;
