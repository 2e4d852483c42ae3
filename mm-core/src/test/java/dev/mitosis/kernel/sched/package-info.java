/** Tests of the scheduler: who runs where, and why. */
@NullMarked
package dev.mitosis.kernel.sched;

import org.jspecify.annotations.NullMarked;
