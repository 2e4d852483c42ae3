/**
 * The command line: the {@code mitosis} command, and what all its subcommands share.
 *
 * <p>{@link dev.mitosis.shim.Main} runs every command through picocli, but for {@code numactl}, which {@code bin/numactl} starts by
 * itself ({@link dev.mitosis.shim.numactl.NumactlMain}). A subcommand is one class in {@code command} and one line in
 * {@link dev.mitosis.shim.command.CommandRegistry}.
 *
 * <p>Protocol: results go to standard output, diagnostics to standard error, one line each. A command returns or throws; it
 * never exits. {@link dev.mitosis.shim.CommandException} carries what a user can put right, with its exit code;
 * {@link java.io.IOException} is a failure of the outside world; anything else is a defect, and prints its stack trace.
 *
 * <p>May import everything below it.
 */
@NullMarked
package dev.mitosis.shim;

import org.jspecify.annotations.NullMarked;
