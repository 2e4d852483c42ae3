package dev.mitosis.shim.numactl;

import dev.mitosis.hal.Topology;
import dev.mitosis.halnative.HostTopology;
import dev.mitosis.halsim.MachineProfile;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A simulated machine as numactl sees machines. */
final class SimulatedBoard {
    private static final String DEFAULT = "4s-haswell-ex";
    private static final int PAGE_SHIFT = 12;

    private SimulatedBoard() {}

    static HostTopology of(@Nullable String machine) {
        Topology topology =
                MachineProfile.load(machine == null ? DEFAULT : machine).topology();
        List<HostTopology.Node> nodes = new ArrayList<>();
        for (int node = 0; node < topology.nodes(); node++) {
            BitSet cpus = new BitSet();
            for (int cpu = 0; cpu < topology.cpus(); cpu++) {
                cpus.set(cpu, topology.nodeOfCpu(cpu) == node);
            }
            List<Integer> distances = new ArrayList<>();
            for (int to = 0; to < topology.nodes(); to++) {
                distances.add(topology.distance(node, to));
            }
            long bytes = topology.framesOfNode(node) << PAGE_SHIFT;
            nodes.add(new HostTopology.Node(node, cpus, bytes, bytes, distances));
        }
        return new HostTopology(nodes);
    }
}
