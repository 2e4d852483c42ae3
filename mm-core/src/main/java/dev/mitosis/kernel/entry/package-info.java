/**
 * The way into the kernel: what an entry costs, and the frame that each system call runs in.
 *
 * <p>{@link dev.mitosis.kernel.entry.SyscallLock} enters the kernel, takes mmap_lock, runs the call and releases the lock. May import
 * {@code hal} and {@code mm}.
 */
@NullMarked
package dev.mitosis.kernel.entry;

import org.jspecify.annotations.NullMarked;
