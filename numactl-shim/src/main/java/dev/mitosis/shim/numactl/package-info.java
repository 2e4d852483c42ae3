/**
 * The launcher: numactl's command line, and {@code -r}.
 *
 * <p>{@link dev.mitosis.shim.numactl.Numactl} reads options in the order in which they stand and obeys each at once, as the
 * original does, then executes the program in place. Messages, streams and exit codes are those of numactl 2.0.16, newlines
 * that it prints to the wrong stream included: scripts read them.
 *
 * <p>May import {@code halnative} and {@code halsim}.
 */
@NullMarked
package dev.mitosis.shim.numactl;

import org.jspecify.annotations.NullMarked;
