package dev.mitosis.halsim.machine;

import org.jspecify.annotations.Nullable;

/**
 * How far the nodes of a machine are from each other: what the firmware says, how long an idle memory takes, how much it carries.
 *
 * <p>Shape: {@code [node of the processor][node of the memory]}.
 */
public final class NodeLinks {
    /** A link from a processor to a memory. */
    public record Link(int distance, int latencyCycles, int megabytesPerSecond) {}

    private final Link[][] links;
    private final @Nullable Tiers tiers;

    private record Tiers(Link local, Link near, Link remote) {}

    private NodeLinks(Link[][] links, @Nullable Tiers tiers) {
        this.links = links;
        this.tiers = tiers;
    }

    /**
     * The links between all nodes.
     *
     * <p>Errors: {@link IllegalArgumentException} where it is not square, or a node's own memory is not there.
     */
    public static NodeLinks of(Link[][] links) {
        Link[][] copy = new Link[links.length][];
        for (int node = 0; node < links.length; node++) {
            if (links[node].length != links.length) {
                throw new IllegalArgumentException(
                        "node " + node + " has links to " + links[node].length + " of " + links.length + " nodes");
            }
            copy[node] = links[node].clone();
        }
        return new NodeLinks(copy, null);
    }

    /**
     * Sockets that are all alike: a node's own memory, that of other nodes of its socket, that of other sockets.
     *
     * @param near is not looked at where a socket is one node
     */
    public static NodeLinks tiers(int sockets, int nodesPerSocket, Link local, Link near, Link remote) {
        int nodes = sockets * nodesPerSocket;
        Link[][] links = new Link[nodes][nodes];
        for (int from = 0; from < nodes; from++) {
            for (int to = 0; to < nodes; to++) {
                links[from][to] = from == to ? local : from / nodesPerSocket == to / nodesPerSocket ? near : remote;
            }
        }
        return new NodeLinks(links, new Tiers(local, near, remote));
    }

    /**
     * The same kind of machine with another number of sockets, whose links are as those of the first node here.
     *
     * <p>Errors: {@link IllegalArgumentException} where this one has one socket, says nothing of others, and more are wanted.
     */
    NodeLinks withSockets(int sockets, int nodesPerSocket) {
        int nodes = sockets * nodesPerSocket;
        if (tiers != null) {
            return tiers(sockets, nodesPerSocket, tiers.local(), tiers.near(), tiers.remote());
        }
        if (nodes <= links.length) {
            Link[][] some = new Link[nodes][nodes];
            for (int node = 0; node < nodes; node++) {
                System.arraycopy(links[node], 0, some[node], 0, nodes);
            }
            return new NodeLinks(some, null);
        }
        if (nodesPerSocket >= links.length) {
            throw new IllegalArgumentException("a machine of one socket does not say how far another one is");
        }
        return tiers(
                sockets, nodesPerSocket, links[0][0], links[0][nodesPerSocket > 1 ? 1 : 0], links[0][nodesPerSocket]);
    }

    public int nodes() {
        return links.length;
    }

    /** The link from a processor's node to a memory's. */
    public Link link(int cpuNode, int node) {
        return links[cpuNode][node];
    }

    /** The ACPI distances. */
    int[][] distances() {
        int[][] distances = new int[links.length][links.length];
        for (int from = 0; from < links.length; from++) {
            for (int to = 0; to < links.length; to++) {
                distances[from][to] = links[from][to].distance();
            }
        }
        return distances;
    }

    /** The longest latency from the first node. */
    int farthestCycles() {
        int most = 0;
        for (Link link : links[0]) {
            most = Math.max(most, link.latencyCycles());
        }
        return most;
    }
}
