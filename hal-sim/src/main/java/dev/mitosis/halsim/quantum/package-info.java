/**
 * Sockets that run side by side on several host threads, with a result that does not depend on how many there are.
 *
 * <p>Within a quantum a socket sees its own effects and the state at the start of the quantum. Page faults wait for its end and are
 * handled in the order of processors.
 *
 * <p>May import {@code cpu} and {@code walk}.
 */
@NullMarked
package dev.mitosis.halsim.quantum;

import org.jspecify.annotations.NullMarked;
