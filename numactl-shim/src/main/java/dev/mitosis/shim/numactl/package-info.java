/**
 * numactl, with page-table replication: {@code numactl -r nodes program} as the authors' own has it, and every option of numactl
 * 2.0.16 with the same meaning, messages and exit codes.
 *
 * <p>Protocol: the command line is cut into options first, without effect; then the options act in their order on the calling
 * thread, as in the original, each through a system call; then the same thread becomes the program by exec. Whatever ends
 * it sooner throws {@link dev.mitosis.shim.numactl.NumactlExit} with the exit code.
 *
 * <p>Start-up time is what a user feels here, so nothing of the path to exec uses picocli, configuration, streams or regular
 * expressions. System calls go through {@code halnative}, which is where tests put a fake kernel.
 */
@NullMarked
package dev.mitosis.shim.numactl;

import org.jspecify.annotations.NullMarked;
