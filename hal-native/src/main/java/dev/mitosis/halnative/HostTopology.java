package dev.mitosis.halnative;

import java.util.BitSet;
import java.util.List;

/**
 * The nodes of a host as it numbers them; numbers may be sparse.
 *
 * @param configured nodes that are online, in the order of their numbers
 */
public record HostTopology(List<Node> configured) {
    /**
     * One node.
     *
     * @param sizeBytes -1 when the host does not say
     * @param distances to the configured nodes, in their order; empty when the host does not say
     */
    public record Node(int number, BitSet cpus, long sizeBytes, long freeBytes, List<Integer> distances) {
        public Node {
            distances = List.copyOf(distances);
        }
    }

    public HostTopology {
        configured = List.copyOf(configured);
    }

    /** The numbers of all nodes. */
    public BitSet nodes() {
        BitSet all = new BitSet();
        configured.forEach(node -> all.set(node.number()));
        return all;
    }

    /** The processors of all nodes. */
    public BitSet cpus() {
        BitSet all = new BitSet();
        configured.forEach(node -> all.or(node.cpus()));
        return all;
    }

    /** The processors of the nodes of a mask. */
    public BitSet cpusOf(BitSet nodes) {
        BitSet cpus = new BitSet();
        configured.stream().filter(node -> nodes.get(node.number())).forEach(node -> cpus.or(node.cpus()));
        return cpus;
    }

    /** The nodes that have one of the processors. */
    public BitSet nodesOf(BitSet cpus) {
        BitSet nodes = new BitSet();
        configured.stream().filter(node -> node.cpus().intersects(cpus)).forEach(node -> nodes.set(node.number()));
        return nodes;
    }
}
