package dev.mitosis.hal;

import java.util.Arrays;

/**
 * The nodes of a board: which processor belongs to which node, how much memory a node has, and how far nodes are apart.
 *
 * <p>Shape: nodes are numbered 0 … {@code nodes() - 1}, processors 0 … {@code cpus() - 1}; a node may have no memory or no
 * processors. A board whose own numbers are sparse maps them to these dense ones.
 *
 * <p>Units: memory in 4 KiB frames, distances as in the ACPI SLIT (10 = local).
 *
 * <p>Source: ACPI 6.5 §5.2.17 (SLIT); Linux {@code include/linux/topology.h}.
 */
public final class Topology {
    private final int[] nodeOfCpu;
    private final long[] framesOfNode;
    private final int[][] distance;

    /**
     * @param nodeOfCpu the node of each processor
     * @param framesOfNode data and table frames of each node together
     * @param distance square matrix of SLIT distances
     */
    public Topology(int[] nodeOfCpu, long[] framesOfNode, int[][] distance) {
        int nodes = framesOfNode.length;
        if (nodes < 1 || nodes > Frames.MAX_NODES) {
            throw new IllegalArgumentException("a board has 1 to " + Frames.MAX_NODES + " nodes, not " + nodes);
        }
        if (nodeOfCpu.length == 0) {
            throw new IllegalArgumentException("a board has at least one processor");
        }
        for (int cpu = 0; cpu < nodeOfCpu.length; cpu++) {
            if (nodeOfCpu[cpu] < 0 || nodeOfCpu[cpu] >= nodes) {
                throw new IllegalArgumentException("cpu " + cpu + " is on node " + nodeOfCpu[cpu] + " of " + nodes);
            }
        }
        if (distance.length != nodes) {
            throw new IllegalArgumentException(
                    "distance matrix has " + distance.length + " rows for " + nodes + " nodes");
        }
        this.nodeOfCpu = nodeOfCpu.clone();
        this.framesOfNode = framesOfNode.clone();
        this.distance = new int[nodes][];
        for (int node = 0; node < nodes; node++) {
            if (distance[node].length != nodes) {
                throw new IllegalArgumentException("row " + node + " of the distance matrix has "
                        + distance[node].length + " columns for " + nodes + " nodes");
            }
            if (framesOfNode[node] < 0 || framesOfNode[node] >>> Frames.NODE_SHIFT != 0) {
                throw new IllegalArgumentException("node " + node + " has " + framesOfNode[node] + " frames");
            }
            this.distance[node] = distance[node].clone();
        }
    }

    /** A board of equal nodes, 10 apart from themselves and 21 from each other, its processors numbered node by node. */
    public static Topology uniform(int nodes, int cpusPerNode, long framesPerNode) {
        int[] nodeOfCpu = new int[nodes * cpusPerNode];
        for (int cpu = 0; cpu < nodeOfCpu.length; cpu++) {
            nodeOfCpu[cpu] = cpu / cpusPerNode;
        }
        long[] frames = new long[nodes];
        Arrays.fill(frames, framesPerNode);
        int[][] distance = new int[nodes][nodes];
        for (int from = 0; from < nodes; from++) {
            Arrays.fill(distance[from], 21);
            distance[from][from] = 10;
        }
        return new Topology(nodeOfCpu, frames, distance);
    }

    public int nodes() {
        return framesOfNode.length;
    }

    public int cpus() {
        return nodeOfCpu.length;
    }

    public int nodeOfCpu(int cpu) {
        return nodeOfCpu[cpu];
    }

    public long framesOfNode(int node) {
        return framesOfNode[node];
    }

    public int distance(int from, int to) {
        return distance[from][to];
    }

    /** The mask of all nodes. */
    public long allNodes() {
        return nodes() == 64 ? -1L : (1L << nodes()) - 1;
    }

    /** The node of the mask that is nearest to {@code from}; the lowest number wins a tie. */
    public int nearestNode(int from, long nodeMask) {
        if (nodeMask == 0) {
            throw new IllegalArgumentException("nearest node of an empty mask");
        }
        int nearest = -1;
        for (int node = 0; node < nodes(); node++) {
            if ((nodeMask >>> node & 1) != 0 && (nearest < 0 || distance[from][node] < distance[from][nearest])) {
                nearest = node;
            }
        }
        return nearest;
    }
}
