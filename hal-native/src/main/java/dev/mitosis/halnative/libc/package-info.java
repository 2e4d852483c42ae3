/**
 * The boundary to native code: system calls through the C library, and libnuma where a test compares with it.
 *
 * <p>Everything above uses {@link dev.mitosis.halnative.libc.LinuxCalls}, so that tests can stand in for the kernel.
 *
 * <p>Imports nothing of this module.
 */
@NullMarked
package dev.mitosis.halnative.libc;

import org.jspecify.annotations.NullMarked;
