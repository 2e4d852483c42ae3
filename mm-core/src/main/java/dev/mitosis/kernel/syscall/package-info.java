/**
 * The memory system calls, one file each, in the order of their man pages: check the arguments, change the areas, change the
 * page tables.
 *
 * <p>A call throws {@link dev.mitosis.mm.errno.KernelException} with the errno of the man page. Numbers of the ABI stand in
 * {@link dev.mitosis.kernel.syscall.Abi}.
 */
@NullMarked
package dev.mitosis.kernel.syscall;

import org.jspecify.annotations.NullMarked;
