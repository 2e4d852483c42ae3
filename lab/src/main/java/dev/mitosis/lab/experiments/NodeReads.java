package dev.mitosis.lab.experiments;

import dev.mitosis.halsim.CostModel;
import dev.mitosis.halsim.MachineProfile;
import dev.mitosis.halsim.Pmu;
import dev.mitosis.halsim.WorkloadTraits;
import java.util.List;

/**
 * What the processors of each node read from where, of a run on all sockets; the weighted sum of several such runs is one too.
 *
 * <p>Shape: {@code [node of the processor][source]}, sources as in {@link Pmu}.
 */
final class NodeReads {
    private final double[][] walk;
    private final double[][] ept;
    private final double[][] data;
    private final double[] walks;
    private double instructions;

    private NodeReads(int nodes, int sources) {
        walk = new double[nodes][sources];
        ept = new double[nodes][sources];
        data = new double[nodes][sources];
        walks = new double[nodes];
    }

    /** The counters of the processors of each node. */
    static NodeReads of(List<Pmu> countsOfNode) {
        NodeReads reads = new NodeReads(countsOfNode.size(), countsOfNode.get(0).sources());
        for (int node = 0; node < countsOfNode.size(); node++) {
            Pmu counts = countsOfNode.get(node);
            reads.walks[node] = counts.walks;
            reads.instructions += counts.instructions;
            for (int source = 0; source < counts.sources(); source++) {
                reads.data[node][source] = counts.dataReads(source);
                for (int level = 1; level < Pmu.LEVELS; level++) {
                    reads.walk[node][source] += counts.walkReads(level, source);
                    reads.ept[node][source] += counts.eptReads(level, source);
                }
            }
        }
        return reads;
    }

    /** {@code (1 - share)} of one and {@code share} of the other. */
    static NodeReads mix(NodeReads one, NodeReads other, double share) {
        NodeReads mixed = new NodeReads(one.walks.length, one.walk[0].length);
        mixed.add(one, 1 - share);
        mixed.add(other, share);
        return mixed;
    }

    private void add(NodeReads other, double weight) {
        instructions += weight * other.instructions;
        for (int node = 0; node < walks.length; node++) {
            walks[node] += weight * other.walks[node];
            for (int source = 0; source < walk[node].length; source++) {
                walk[node][source] += weight * other.walk[node][source];
                ept[node][source] += weight * other.ept[node][source];
                data[node][source] += weight * other.data[node][source];
            }
        }
    }

    /** Instructions of all processors. */
    double instructions() {
        return instructions;
    }

    /** Lines of data that the busiest memory is asked for. */
    double busiest() {
        double most = 0;
        for (int node = 0; node < walks.length; node++) {
            double lines = 0;
            for (int cpuNode = 0; cpuNode < walks.length; cpuNode++) {
                int source = Pmu.MEMORY + node;
                lines += data[cpuNode][source];
            }
            most = Math.max(most, lines);
        }
        return most;
    }

    /** The share of all cycles that walks take on an idle machine in the model of the processor. */
    double walkShare(MachineProfile profile, WorkloadTraits traits) {
        Loaded idle = under(profile, 0, 1);
        double walk = idle.walkCycles();
        double data = idle.dataCycles() / traits.memoryParallelism();
        double compute = instructions * traits.baseCpi();
        return walk / (traits.overlapsWalks() ? CostModel.overlapped(compute + walk, data) : compute + walk + data);
    }

    /** The latencies that these reads meet when they are made {@code scale} times in {@code wallCycles} of the machine. */
    Loaded under(MachineProfile profile, double scale, double wallCycles) {
        return new Loaded(profile, scale, wallCycles);
    }

    /**
     * The same reads on a machine that they keep busy: the memory of a node and the way to it answer later by 1 + load^4 / 4 (1 - load),
     * the load being the bytes asked for over those that it carries in the time. Flat at first, a third later at three quarters, then steep.
     *
     * <p>Source of the shape: loaded latencies of Xeon servers, as Intel's Memory Latency Checker measures them.
     */
    final class Loaded {
        private static final double LINE_BYTES = 64;
        /** A way is never fuller than this: the requests of the cores are bounded. */
        private static final double MOST_LOAD = 0.95;

        private final MachineProfile profile;
        private final double[] nodeLoad;
        private final double[][] linkLoad;

        private Loaded(MachineProfile profile, double scale, double wallCycles) {
            this.profile = profile;
            int nodes = walks.length;
            nodeLoad = new double[nodes];
            linkLoad = new double[nodes][nodes];
            double bytes = scale * LINE_BYTES * profile.frequencyMhz() / wallCycles;
            for (int cpuNode = 0; cpuNode < nodes; cpuNode++) {
                for (int node = 0; node < nodes; node++) {
                    int source = Pmu.MEMORY + node;
                    double megabytesPerSecond =
                            bytes * (data[cpuNode][source] + walk[cpuNode][source] + ept[cpuNode][source]);
                    nodeLoad[node] += megabytesPerSecond / profile.localMegabytesPerSecond();
                    if (node != cpuNode) {
                        linkLoad[cpuNode][node] = megabytesPerSecond / profile.remoteMegabytesPerSecond();
                    }
                }
            }
        }

        /** The fullest memory or way. */
        double mostLoad() {
            double most = 0;
            for (int node = 0; node < nodeLoad.length; node++) {
                most = Math.max(most, nodeLoad[node]);
                for (double load : linkLoad[node]) {
                    most = Math.max(most, load);
                }
            }
            return most;
        }

        private double latency(int cpuNode, int source) {
            return switch (source) {
                case Pmu.L1 -> profile.l1().latencyCycles();
                case Pmu.L2 -> profile.l2().latencyCycles();
                case Pmu.LAST -> profile.last().latencyCycles();
                default -> {
                    int node = source - Pmu.MEMORY;
                    boolean isLocal = node == cpuNode;
                    double load = isLocal ? nodeLoad[node] : Math.max(nodeLoad[node], linkLoad[cpuNode][node]);
                    double unloaded = isLocal ? profile.memoryLocalCycles() : profile.memoryRemoteCycles();
                    double busy = Math.min(load, MOST_LOAD);
                    yield unloaded * (1 + busy * busy * busy * busy / (4 * (1 - busy)));
                }
            };
        }

        /** Cycles of walks, of all processors, in all tables. */
        double walkCycles() {
            double cycles = 0;
            for (int cpuNode = 0; cpuNode < walks.length; cpuNode++) {
                cycles += walks[cpuNode] * profile.walkStartCycles();
                for (int source = 0; source < walk[cpuNode].length; source++) {
                    cycles += (walk[cpuNode][source] + ept[cpuNode][source]) * latency(cpuNode, source);
                }
            }
            return cycles;
        }

        /** Latency of the data accesses beyond the first-level cache, of all processors, as if none overlapped. */
        double dataCycles() {
            double cycles = 0;
            for (int cpuNode = 0; cpuNode < walks.length; cpuNode++) {
                for (int source = Pmu.L2; source < data[cpuNode].length; source++) {
                    cycles += data[cpuNode][source] * latency(cpuNode, source);
                }
            }
            return cycles;
        }
    }
}
