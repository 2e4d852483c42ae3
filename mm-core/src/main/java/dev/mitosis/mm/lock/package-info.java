/**
 * The locks of the memory manager: mmap_lock, the split locks of page tables, and the spin lock of a node's lists.
 *
 * <p>Their order is described in {@link dev.mitosis.mm}. Where one thread owns the machine, locking does nothing. Imports nothing of
 * the kernel.
 */
@NullMarked
package dev.mitosis.mm.lock;

import org.jspecify.annotations.NullMarked;
