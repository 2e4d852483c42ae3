/**
 * The x86-64 formats and the PV-ops waist.
 *
 * <p>{@link dev.mitosis.x86.Pte} is the format of an entry, {@link dev.mitosis.x86.PagingLevel} the geometry of a level,
 * {@link dev.mitosis.x86.PageTable} one address space's tree. Every load and store of an entry by the kernel goes
 * through {@link dev.mitosis.x86.PageTableOps}: the native implementation here does one store, the replicated one above
 * does a store for each copy. Hardware walkers set A and D beneath the waist, in the copy that they walk.
 *
 * <pre>
 *   mm  ──►  PageTableOps  ──►  NativePageTableOps      one store
 *                          ──►  replication's           R stores around the replica ring
 * </pre>
 *
 * <p>May import {@code hal}. A paging level is an argument, never a suffix on a name: level 1 is the PTE table, 2 the PMD, 3
 * the PUD, 4 the PGD (or P4D), 5 the PGD of five-level paging.
 */
@NullMarked
package dev.mitosis.x86;

import org.jspecify.annotations.NullMarked;
