package dev.mitosis.halnative.calibrate;

import dev.mitosis.halnative.libc.LinuxCalls;
import dev.mitosis.halnative.topology.HostTopology;
import java.io.IOException;

/** Times walks of real page tables. A board knows no kernel: who boots one on the host's memory supplies this. */
public interface WalkProbe {
    /**
     * Nanoseconds of a walk, four levels, at random in a region.
     *
     * @param tableCpu the place in {@link HostTopology#cpuNumbers} of a processor of the node that has the tables
     * @param cpus the places of the processors that walk
     */
    Measured[] nanosPerWalk(HostTopology host, LinuxCalls calls, int tableCpu, int[] cpus, long seed)
            throws IOException, InterruptedException;
}
