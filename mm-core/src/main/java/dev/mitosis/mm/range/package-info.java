/**
 * Operations on a range of page tables: unmap, protect, copy, move, migrate, split, free.
 *
 * <p>{@link dev.mitosis.mm.range.RangeWalk} visits the leaf tables of a range; each operation is a subclass in a file of its own.
 * {@link dev.mitosis.mm.range.VmaOps} combines them with the change of areas. The caller holds mmap_lock.
 */
@NullMarked
package dev.mitosis.mm.range;

import org.jspecify.annotations.NullMarked;
