/**
 * {@link dev.mitosis.lab.machine.Machine} is a simulated board with a booted kernel and a placement policy on it.
 *
 * <p>May import the boards, the kernel and replication; nothing of the rest of the laboratory.
 */
@NullMarked
package dev.mitosis.lab.machine;

import org.jspecify.annotations.NullMarked;
