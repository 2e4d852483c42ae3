/**
 * The errors of system calls: {@link dev.mitosis.mm.errno.Errno} and the exception that carries one with its reason.
 *
 * <p>Every other package of the kernel may throw these. Imports nothing.
 */
@NullMarked
package dev.mitosis.mm.errno;

import org.jspecify.annotations.NullMarked;
