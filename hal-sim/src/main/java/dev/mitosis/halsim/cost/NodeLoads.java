package dev.mitosis.halsim.cost;

import dev.mitosis.halsim.machine.MachineProfile;
import java.util.List;

/**
 * How busy a program keeps the memory of each node and each way to another node's, and how long its requests wait there.
 *
 * <pre>
 *   load    = lines asked for x 64 bytes / what the memory, or the way, carries in the time
 *   waiting = load / 2 (1 - load) of the unloaded latency          at the memory, and once more at the way
 * </pre>
 *
 * <p>Reads of tables and of data ask the same memories and wait in the same queues. The requests of others are not counted here: they are
 * the factor of a busy node ({@link CostModel}), on top of which these wait.
 *
 * <p>A way carries as many lines at a time as the home has room to track, so while the memory behind it answers later by the factor of a busy
 * node, it carries less by that factor.
 *
 * <p>Units: cycles of one processor; loads are shares, full at {@value #MOST_LOAD}: the requests of the cores are bounded.
 *
 * <p>Source: the mean waiting time of a queue with random arrivals and one service time (M/D/1): Pollaczek and Khinchine, as in Kleinrock,
 * Queueing Systems, volume 1, section 5.6.
 */
public final class NodeLoads {
    private static final double MOST_LOAD = 0.95;
    private static final double LINE_BYTES = 64;

    private final MachineProfile profile;
    private final long contendedNodes;
    private final double[] memoryLoad;
    /** {@code [node of the processor][node of the memory]}; between two nodes only. */
    private final double[][] linkLoad;

    private NodeLoads(MachineProfile profile, long contendedNodes) {
        this.profile = profile;
        this.contendedNodes = contendedNodes;
        memoryLoad = new double[profile.nodes()];
        linkLoad = new double[profile.nodes()][profile.nodes()];
    }

    /** A machine that nobody asks for anything. */
    public static NodeLoads none(MachineProfile profile) {
        return none(profile, 0);
    }

    /** The same where others keep some nodes' memory busy. */
    public static NodeLoads none(MachineProfile profile, long contendedNodes) {
        return new NodeLoads(profile, contendedNodes);
    }

    /** What the processors of each node asked of memory in so many cycles of the machine's clock. */
    public static NodeLoads of(MachineProfile profile, long contendedNodes, List<Pmu> countsOfNode, double wallCycles) {
        NodeLoads loads = new NodeLoads(profile, contendedNodes);
        for (int cpuNode = 0; cpuNode < countsOfNode.size(); cpuNode++) {
            Pmu counts = countsOfNode.get(cpuNode);
            for (int node = 0; node < profile.nodes(); node++) {
                loads.add(cpuNode, node, counts.memoryReads(node) / wallCycles);
            }
        }
        return loads;
    }

    /** Adds what processors of one node ask of the memory of another, or of their own. */
    public void add(int cpuNode, int node, double linesPerCycle) {
        double megabytesPerSecond = linesPerCycle * LINE_BYTES * profile.frequencyMhz();
        memoryLoad[node] +=
                megabytesPerSecond / profile.links().link(node, node).megabytesPerSecond();
        if (cpuNode != node) {
            double factor = (contendedNodes >>> node & 1) != 0 ? profile.contentionFactor() : 1;
            linkLoad[cpuNode][node] += factor
                    * megabytesPerSecond
                    / profile.links().link(cpuNode, node).megabytesPerSecond();
        }
    }

    /** What a read of a node's memory waits beyond its unloaded latency. */
    public double waitCycles(int cpuNode, int node) {
        double atMemory = profile.links().link(node, node).latencyCycles() * waiting(memoryLoad[node]);
        double onLink = profile.links().link(cpuNode, node).latencyCycles() * waiting(linkLoad[cpuNode][node]);
        return atMemory + onLink;
    }

    /** The waiting time at a load, in service times. */
    public static double waiting(double load) {
        double bounded = Math.min(load, MOST_LOAD);
        return bounded / (2 * (1 - bounded));
    }
}
