/**
 * Physical frames: who owns them, who refers to them, and the pools they come from.
 *
 * <pre>
 *   FrameAllocator ──► MemoryNode (one a node) ──► BlockList (free blocks of one order)
 *        │         └─► Fragmentation             blocks of 2 MiB that cannot be had whole
 *        ├─► PageInfo                            flags and references of a data frame
 *        └─► HugetlbPool                         reserved pages of 2 MiB or 1 GiB
 * </pre>
 *
 * <p>Frames of page tables come from a dense zone of each node; frames of data are numbers without contents. May import
 * {@code hal}, {@code x86}, {@code mm.errno} and {@code mm.lock}.
 */
@NullMarked
package dev.mitosis.mm.frame;

import org.jspecify.annotations.NullMarked;
