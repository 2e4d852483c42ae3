package dev.mitosis.shim.numactl;

import dev.mitosis.halnative.topology.HostTopology;
import dev.mitosis.halsim.machine.MachineProfile;
import org.jspecify.annotations.Nullable;

/** A simulated machine as numactl sees machines. */
final class SimulatedBoard {
    private static final String DEFAULT = "4s-haswell-ex";

    private SimulatedBoard() {}

    /** The machine with this name, or the usual one; an unknown name is an {@link IllegalArgumentException}. */
    static HostTopology of(@Nullable String machine) {
        return HostTopology.of(
                MachineProfile.load(machine == null ? DEFAULT : machine).topology());
    }
}
