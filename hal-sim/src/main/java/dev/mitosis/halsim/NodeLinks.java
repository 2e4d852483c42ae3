package dev.mitosis.halsim;

import org.jspecify.annotations.Nullable;

/**
 * How far the nodes of a machine are from each other: what the firmware says, how long an idle memory takes, how much it carries.
 *
 * <p>Shape: {@code [node of the processor][node of the memory]}.
 */
public final class NodeLinks {
    /** One way from a processor to a memory. */
    public record Way(int distance, int latencyCycles, int megabytesPerSecond) {}

    private final Way[][] ways;
    private final @Nullable Tiers tiers;

    private record Tiers(Way local, Way near, Way remote) {}

    private NodeLinks(Way[][] ways, @Nullable Tiers tiers) {
        this.ways = ways;
        this.tiers = tiers;
    }

    /**
     * The ways between all nodes.
     *
     * <p>Errors: {@link IllegalArgumentException} where it is not square, or a node's own memory is not there.
     */
    public static NodeLinks of(Way[][] ways) {
        Way[][] copy = new Way[ways.length][];
        for (int node = 0; node < ways.length; node++) {
            if (ways[node].length != ways.length) {
                throw new IllegalArgumentException(
                        "node " + node + " has ways to " + ways[node].length + " of " + ways.length + " nodes");
            }
            copy[node] = ways[node].clone();
        }
        return new NodeLinks(copy, null);
    }

    /**
     * Sockets that are all alike: a node's own memory, that of other nodes of its socket, that of other sockets.
     *
     * @param near is not looked at where a socket is one node
     */
    public static NodeLinks tiers(int sockets, int nodesPerSocket, Way local, Way near, Way remote) {
        int nodes = sockets * nodesPerSocket;
        Way[][] ways = new Way[nodes][nodes];
        for (int from = 0; from < nodes; from++) {
            for (int to = 0; to < nodes; to++) {
                ways[from][to] = from == to ? local : from / nodesPerSocket == to / nodesPerSocket ? near : remote;
            }
        }
        return new NodeLinks(ways, new Tiers(local, near, remote));
    }

    /**
     * The same kind of machine with another number of sockets, whose ways are as those of the first node here.
     *
     * <p>Errors: {@link IllegalArgumentException} where this one has one socket, says nothing of others, and more are wanted.
     */
    NodeLinks withSockets(int sockets, int nodesPerSocket) {
        int nodes = sockets * nodesPerSocket;
        if (tiers != null) {
            return tiers(sockets, nodesPerSocket, tiers.local(), tiers.near(), tiers.remote());
        }
        if (nodes <= ways.length) {
            Way[][] some = new Way[nodes][nodes];
            for (int node = 0; node < nodes; node++) {
                System.arraycopy(ways[node], 0, some[node], 0, nodes);
            }
            return new NodeLinks(some, null);
        }
        if (nodesPerSocket >= ways.length) {
            throw new IllegalArgumentException("a machine of one socket does not say how far another one is");
        }
        return tiers(sockets, nodesPerSocket, ways[0][0], ways[0][nodesPerSocket > 1 ? 1 : 0], ways[0][nodesPerSocket]);
    }

    public int nodes() {
        return ways.length;
    }

    /** The way from a processor's node to a memory's. */
    public Way way(int cpuNode, int node) {
        return ways[cpuNode][node];
    }

    /** The ACPI distances. */
    int[][] distances() {
        int[][] distances = new int[ways.length][ways.length];
        for (int from = 0; from < ways.length; from++) {
            for (int to = 0; to < ways.length; to++) {
                distances[from][to] = ways[from][to].distance();
            }
        }
        return distances;
    }

    /** The longest latency from the first node. */
    int farthestCycles() {
        int most = 0;
        for (Way way : ways[0]) {
            most = Math.max(most, way.latencyCycles());
        }
        return most;
    }
}
