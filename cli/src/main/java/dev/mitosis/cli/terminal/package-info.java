/**
 * What all commands share: the common options, where results and progress go, and the exceptions that end a command.
 *
 * <p>Results go to standard output, diagnostics to standard error, one line each. {@link dev.mitosis.cli.terminal.CommandException}
 * carries what a user can put right, with its exit code.
 *
 * <p>May import the reports of the laboratory; no command.
 */
@NullMarked
package dev.mitosis.cli.terminal;

import org.jspecify.annotations.NullMarked;
