/**
 * A kernel of {@code mm-core} on a board: {@link dev.mitosis.lab.machine.Machine} is a booted simulated machine under a placement policy,
 * and {@link dev.mitosis.lab.machine.WalkTimer} times walks of page tables that lie on a node of the host.
 *
 * <p>May import the boards, the kernel and replication; nothing of the rest of the laboratory.
 */
@NullMarked
package dev.mitosis.lab.machine;

import org.jspecify.annotations.NullMarked;
