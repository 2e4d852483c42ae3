/**
 * Many threads in one kernel: processors that walk tables without locks while others fault, map, unmap, protect, fork, migrate and
 * change copies.
 *
 * <p>{@link dev.mitosis.race.ConcurrentBoard} is a machine whose processors are driven by Java threads; {@link
 * dev.mitosis.race.Storm} drives them at random and checks what they read.
 */
@NullMarked
package dev.mitosis.race;

import org.jspecify.annotations.NullMarked;
