/**
 * The command line: the {@code mitosis} command.
 *
 * <p>{@link dev.mitosis.cli.Main} runs every command through picocli, but for {@code numactl}, which {@code bin/numactl} starts by
 * itself ({@link dev.mitosis.shim.numactl.NumactlMain}). A subcommand is one class and one line in
 * {@link dev.mitosis.cli.CommandRegistry}. Its package says what it is about: {@code program}, {@code simulation},
 * {@code machine}; {@code launcher} has those that the script runs. {@code terminal} has what they share.
 *
 * <p>Protocol: results go to standard output, diagnostics to standard error, one line each. A command returns or throws; it
 * never exits. {@link dev.mitosis.cli.terminal.CommandException} carries what a user can put right, with its exit code;
 * {@link java.io.IOException} is a failure of the outside world; anything else is a defect of the program.
 *
 * <p>May import everything below it.
 */
@NullMarked
package dev.mitosis.cli;

import org.jspecify.annotations.NullMarked;
