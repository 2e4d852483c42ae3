/**
 * Areas of an address space and the rules for them: flags, memory policy, limits and overcommit.
 *
 * <p>Everything here is bookkeeping: no class reads or writes a page table. The operations that keep areas, tables and counts in step
 * are in {@link dev.mitosis.mm.range.VmaOps}. May import {@code hal}, {@code mm.errno} and {@code mm.frame}.
 */
@NullMarked
package dev.mitosis.mm.vma;

import org.jspecify.annotations.NullMarked;
