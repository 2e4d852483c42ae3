/** Tests of the scheduler: who runs where, and why. */
@NullMarked
package dev.mitosis.mm.sched;

import org.jspecify.annotations.NullMarked;
