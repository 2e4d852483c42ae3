/**
 * What any board must supply: its topology, physical memory that can hold page tables, processors that can be told to
 * load a root and to forget translations, and a meter for what the kernel's own work costs.
 *
 * <p>A physical frame number carries its node in its upper bits ({@link dev.mitosis.hal.Frames}). The lowest frames of a
 * node are its <em>table zone</em>: only they are backed by host memory and can hold page tables. Every other frame is
 * data: a number without contents.
 *
 * <pre>
 *   pfn =  | node (8 bits) | frame within node (30 bits)                         |
 *   node = | table zone: frames 0 .. TABLE_ZONE_FRAMES-1 | data frames ......... |
 * </pre>
 *
 * <p>This package imports nothing of the project. What rises from a board to the kernel rises through
 * {@link dev.mitosis.hal.TrapHandler}.
 */
@NullMarked
package dev.mitosis.hal;

import org.jspecify.annotations.NullMarked;
