/**
 * The page walkers: of one radix tree, and of a guest's tree whose tables the extended tree places.
 *
 * <p>A walker reads entries directly from memory and records each read in {@link dev.mitosis.halsim.walk.MemoryReferences}; the
 * caches answer them later. It sets Accessed and Dirty in the replica that it walks; within a quantum {@link
 * dev.mitosis.halsim.walk.PendingAccessedDirty} holds these bits back until all sockets have stopped.
 *
 * <p>May import {@code tlb}, {@code cache}, {@code cost} and {@code machine}.
 *
 * <p>Source: Intel SDM vol. 3A §4.5 (paging), §4.8 (Accessed and Dirty); vol. 3C §28.3 (EPT).
 */
@NullMarked
package dev.mitosis.halsim.walk;

import org.jspecify.annotations.NullMarked;
