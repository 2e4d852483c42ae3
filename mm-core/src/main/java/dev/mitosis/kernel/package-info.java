/**
 * The kernel booted on a board: processes, system calls, faults, daemons.
 *
 * <p>{@link dev.mitosis.kernel.Kernel} is the entry: a system call passes through it to its file in {@code kernel.syscall}, a fault to
 * {@code mm.fault}. {@code kernel.sched} and {@code kernel.proc} use the kernel from above. May import {@code hal}, {@code x86} and
 * {@code mm}. Never imports {@code replication}.
 */
@NullMarked
package dev.mitosis.kernel;

import org.jspecify.annotations.NullMarked;
