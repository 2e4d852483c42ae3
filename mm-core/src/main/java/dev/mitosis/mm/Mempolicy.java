package dev.mitosis.mm;

import dev.mitosis.hal.Topology;

/**
 * Where memory comes from: a task's or an area's NUMA policy.
 *
 * <p>Source: set_mempolicy(2); Linux {@code mm/mempolicy.c:policy_nodemask}.
 *
 * @param kind the mode
 * @param nodeMask the nodes of the mode: none for {@code LOCAL}
 */
public record Mempolicy(Kind kind, long nodeMask) {
    /** The modes that decide where a page goes. */
    public enum Kind {
        /** The node of the processor that faults (MPOL_DEFAULT, MPOL_LOCAL). */
        LOCAL,
        /** Only these nodes, nearest first (MPOL_BIND). */
        BIND,
        /** These nodes first, then any (MPOL_PREFERRED, MPOL_PREFERRED_MANY). */
        PREFERRED,
        /** These nodes in turn (MPOL_INTERLEAVE). */
        INTERLEAVE;

        /** Says whether NUMA balancing may move pages of this mode: only those that nobody placed on purpose. */
        public boolean isMovedByBalancing() {
            return this == LOCAL;
        }
    }

    public static final Mempolicy LOCAL = new Mempolicy(Kind.LOCAL, 0);

    public Mempolicy {
        if ((kind == Kind.LOCAL) != (nodeMask == 0)) {
            throw new IllegalArgumentException(kind + " with node mask " + Long.toHexString(nodeMask));
        }
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

    /**
     * The node to try first.
     *
     * @param localNode of the faulting processor
     * @param turn which page of the area (or allocation of the task) this is, for {@code INTERLEAVE}
     */
    public int firstNode(Topology topology, int localNode, long turn) {
        return switch (kind) {
            case LOCAL -> localNode;
            case BIND, PREFERRED -> topology.nearestNode(localNode, nodeMask);
            case INTERLEAVE -> nthNode((int) Long.remainderUnsigned(turn, Long.bitCount(nodeMask)));
        };
    }

    /** The nodes that may be tried after the first one failed. */
    public long fallbackNodes(Topology topology) {
        return kind == Kind.BIND ? nodeMask : topology.allNodes();
    }

    private int nthNode(int n) {
        long rest = nodeMask;
        for (int i = 0; i < n; i++) {
            rest &= rest - 1;
        }
        return Long.numberOfTrailingZeros(rest);
    }
}
