package dev.mitosis.replication.policy;

import dev.mitosis.hal.Topology;
import java.util.TreeSet;

/**
 * The groups of near nodes of a machine: the nodes of a socket that is split into several.
 *
 * <p>Two nodes are near when their distance lies below the largest gap between the distances that there are; whoever is near a member belongs
 * to the group. The distances of a node to itself count, so nodes that are all equally far apart are groups of one.
 *
 * <p>Source: the domains of the Hydra kernels, found by the largest gap of sorted distances.
 */
final class NodeDomains {
    private NodeDomains() {}

    /** The lowest node with memory of each group. */
    static long representatives(Topology topology) {
        int nearest = nearestWithin(topology);
        long seen = 0;
        long chosen = 0;
        for (int node = 0; node < topology.nodes(); node++) {
            if ((seen >>> node & 1) == 0) {
                long group = group(topology, node, nearest);
                seen |= group;
                chosen |= lowestWithMemory(topology, group);
            }
        }
        return chosen;
    }

    /** The distance before the largest gap. */
    private static int nearestWithin(Topology topology) {
        TreeSet<Integer> distances = new TreeSet<>();
        for (int from = 0; from < topology.nodes(); from++) {
            for (int to = 0; to < topology.nodes(); to++) {
                distances.add(topology.distance(from, to));
            }
        }
        int largestGap = 0;
        int within = distances.first();
        int before = within;
        for (int distance : distances) {
            if (distance - before > largestGap) {
                largestGap = distance - before;
                within = before;
            }
            before = distance;
        }
        return within;
    }

    private static long group(Topology topology, int first, int nearest) {
        long group = 1L << first;
        for (long before = 0; before != group; ) {
            before = group;
            for (int node = 0; node < topology.nodes(); node++) {
                for (long rest = before; rest != 0; rest &= rest - 1) {
                    if (topology.distance(Long.numberOfTrailingZeros(rest), node) <= nearest) {
                        group |= 1L << node;
                    }
                }
            }
        }
        return group;
    }

    private static long lowestWithMemory(Topology topology, long group) {
        for (long rest = group; rest != 0; rest &= rest - 1) {
            if (topology.framesOfNode(Long.numberOfTrailingZeros(rest)) > 0) {
                return Long.lowestOneBit(rest);
            }
        }
        return 0;
    }
}
