/**
 * The commands that the launcher script runs by itself, because they need the repository: here only their entries in the help.
 *
 * <p>{@code bin/lib/command/NAME.sh} does the work of the command {@code NAME}; {@code numactl} is {@code bin/numactl}.
 */
@NullMarked
package dev.mitosis.cli.launcher;

import org.jspecify.annotations.NullMarked;
