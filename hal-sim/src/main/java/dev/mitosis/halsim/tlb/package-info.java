/**
 * Translation caches: TLBs of each page size and the paging-structure caches of each level, tagged with PCIDs.
 *
 * <p>All are one structure, {@link dev.mitosis.halsim.tlb.Tlb}: sets of (tag, word) pairs whose order of last use
 * {@link dev.mitosis.halsim.tlb.LruSets} keeps. They hold exactly what was put into them until it is pushed out or invalidated, so a
 * stale translation stays visible, as on hardware. {@link dev.mitosis.halsim.tlb.TlbHierarchy} and {@link
 * dev.mitosis.halsim.tlb.WalkCaches} combine those of a core. May import {@code hal}, {@code x86} and {@code machine}.
 *
 * <p>Source: Intel SDM vol. 3A §4.10.
 */
@NullMarked
package dev.mitosis.halsim.tlb;

import org.jspecify.annotations.NullMarked;
