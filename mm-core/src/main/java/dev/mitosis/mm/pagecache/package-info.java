/**
 * Pages that live outside page tables: pages of files and shared memory, and swap slots.
 *
 * <p>{@link dev.mitosis.mm.pagecache.PageContents} tells a listener when the contents of a data page change, because the kernel itself
 * keeps none.
 */
@NullMarked
package dev.mitosis.mm.pagecache;

import org.jspecify.annotations.NullMarked;
