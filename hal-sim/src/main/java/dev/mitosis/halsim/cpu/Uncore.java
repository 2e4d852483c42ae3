package dev.mitosis.halsim.cpu;

import dev.mitosis.hal.ArrayMemory;
import dev.mitosis.hal.TrapHandler;
import dev.mitosis.halsim.cache.LastLevelCache;
import dev.mitosis.halsim.machine.MachineProfile;

/**
 * What a core reaches outside itself: the machine's numbers, memory, the last-level cache below it, and the kernel.
 *
 * <p>Cost: asked once for each part when a core first runs, and on page faults; never for each access.
 *
 * <p>Source: the name is Intel's (Uncore Performance Monitoring Reference Manuals).
 */
public interface Uncore {
    MachineProfile profile();

    ArrayMemory memory();

    /** The last-level cache below a processor: its node's, or its complex's where cores of a node share several. */
    LastLevelCache lastLevelCache(int cpu);

    /** Whether a cache of a node other than this one holds a line. */
    boolean isHeldBeside(int node, long line);

    /** Errors: {@link IllegalStateException} before a kernel was booted. */
    TrapHandler kernel();
}
