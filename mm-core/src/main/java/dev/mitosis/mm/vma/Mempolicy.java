package dev.mitosis.mm.vma;

import dev.mitosis.hal.Topology;

/**
 * Where memory comes from: a task's or an area's NUMA policy.
 *
 * <p>Source: set_mempolicy(2), set_mempolicy_home_node(2); Linux {@code mm/mempolicy.c:policy_nodemask}.
 *
 * @param kind the mode
 * @param nodeMask the nodes of the mode: none for {@code LOCAL}
 * @param homeNode the node from which "nearest" is reckoned; -1 for that of the processor
 */
public record Mempolicy(Kind kind, long nodeMask, int homeNode) {
    /** The modes that decide where a page goes. */
    public enum Kind {
        /** The node of the processor that faults (MPOL_DEFAULT, MPOL_LOCAL). */
        LOCAL,
        /** Only these nodes, nearest first (MPOL_BIND). */
        BIND,
        /** This node first, then any (MPOL_PREFERRED). */
        PREFERRED,
        /** These nodes in turn (MPOL_INTERLEAVE). */
        INTERLEAVE,
        /** These nodes first, nearest first, then any (MPOL_PREFERRED_MANY). */
        PREFERRED_MANY,
        /** These nodes in turn, each as often as its weight says (MPOL_WEIGHTED_INTERLEAVE); all weights are 1 here. */
        WEIGHTED_INTERLEAVE;

        /** Says whether NUMA balancing may move pages of this mode: only those that nobody placed on purpose. */
        public boolean isMovedByBalancing() {
            return this == LOCAL;
        }

        /** Says whether each allocation goes to the next node. */
        public boolean takesTurns() {
            return this == INTERLEAVE || this == WEIGHTED_INTERLEAVE;
        }
    }

    private static final int NO_HOME = -1;

    public static final Mempolicy LOCAL = new Mempolicy(Kind.LOCAL, 0);

    public Mempolicy {
        if ((kind == Kind.LOCAL) != (nodeMask == 0)) {
            throw new IllegalArgumentException(kind + " with node mask " + Long.toHexString(nodeMask));
        }
    }

    public Mempolicy(Kind kind, long nodeMask) {
        this(kind, nodeMask, NO_HOME);
    }

    public static Mempolicy bind(long nodeMask) {
        return new Mempolicy(Kind.BIND, nodeMask);
    }

    public static Mempolicy preferred(int node) {
        return new Mempolicy(Kind.PREFERRED, 1L << node);
    }

    public static Mempolicy interleave(long nodeMask) {
        return new Mempolicy(Kind.INTERLEAVE, nodeMask);
    }

    /** The same policy with distances reckoned from a node. */
    public Mempolicy withHome(int node) {
        return new Mempolicy(kind, nodeMask, node);
    }

    /**
     * The node to try first.
     *
     * @param localNode of the faulting processor
     * @param turn which page of the area (or allocation of the task) this is, for policies that take turns
     */
    public int firstNode(Topology topology, int localNode, long turn) {
        return switch (kind) {
            case LOCAL -> localNode;
            case PREFERRED -> Long.numberOfTrailingZeros(nodeMask);
            case BIND, PREFERRED_MANY -> nearest(topology, homeNode == NO_HOME ? localNode : homeNode);
            case INTERLEAVE, WEIGHTED_INTERLEAVE ->
                nthNode((int) Long.remainderUnsigned(turn, Long.bitCount(nodeMask)));
        };
    }

    /** The nodes that may be tried after the first one failed. */
    public long fallbackNodes(Topology topology) {
        return kind == Kind.BIND ? nodeMask : topology.allNodes();
    }

    private int nearest(Topology topology, int from) {
        return (nodeMask >>> from & 1) != 0 ? from : topology.nearestNode(from, nodeMask);
    }

    private int nthNode(int n) {
        long rest = nodeMask;
        for (int i = 0; i < n; i++) {
            rest &= rest - 1;
        }
        return Long.numberOfTrailingZeros(rest);
    }
}
