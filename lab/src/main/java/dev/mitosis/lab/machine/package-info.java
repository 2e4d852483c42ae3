/**
 * What measures this host with the kernel of {@code mm-core} on it: {@link dev.mitosis.lab.machine.WalkTimer} times walks of page
 * tables that lie on a node of the host.
 *
 * <p>May import the boards and the kernel; nothing of the rest of the laboratory.
 */
@NullMarked
package dev.mitosis.lab.machine;

import org.jspecify.annotations.NullMarked;
