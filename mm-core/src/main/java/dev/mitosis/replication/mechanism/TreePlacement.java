package dev.mitosis.replication.mechanism;

import dev.mitosis.hal.Frames;
import java.util.List;

/**
 * Where the replicas of one tree are: the nodes that have one each, and which node's processors use which replica.
 *
 * <p>Shape: {@code steering.get(node)} is the node whose replica the processors of {@code node} load; an empty list means that
 * every node uses its own, or the nearest where it has none.
 *
 * <p>Source: steering as in the Mitosis ports' {@code PR_SET_PGTABLE_REPL_STEERING}; the master: Linux 4.17's Mitosis; lazy: Hydra (ATC
 * 2024).
 *
 * @param kind how replicas are made and kept
 */
public record TreePlacement(long nodeMask, List<Integer> steering, Kind kind) {
    /** One tree, each table where the kernel's memory policy puts it. */
    public static final TreePlacement NONE = new TreePlacement(0, List.of(), Kind.EAGER);

    /** How replicas are made and kept. */
    public enum Kind {
        /** All nodes have all tables ({@link EagerReplicas}). */
        EAGER,
        /** The same, beside a table that only the kernel uses ({@link MasterReplicas}). */
        MASTER,
        /** A node gets what its processors walk ({@link LazyReplicas}). */
        LAZY
    }

    public TreePlacement {
        steering = List.copyOf(steering);
        if (nodeMask == 0 && (kind != Kind.EAGER || !steering.isEmpty())) {
            throw new IllegalArgumentException(
                    "a tree without replicas has no steering, no master, and nothing to fill");
        }
        for (int node : steering) {
            if (node < 0 || node >= Frames.MAX_NODES || (nodeMask >>> node & 1) == 0) {
                throw new IllegalArgumentException("steering to node " + node + ", which has no replica (mask 0x"
                        + Long.toHexString(nodeMask) + ")");
            }
        }
    }

    /** A replica on each node of a mask; none for an empty mask. */
    public static TreePlacement eager(long nodeMask) {
        return nodeMask == 0 ? NONE : new TreePlacement(nodeMask, List.of(), Kind.EAGER);
    }

    /** A master beside a replica on each node of a mask. */
    public static TreePlacement besideMaster(long nodeMask) {
        return new TreePlacement(nodeMask, List.of(), Kind.MASTER);
    }

    /** Replicas on the nodes of a mask that are filled when their processors miss. */
    public static TreePlacement lazy(long nodeMask) {
        return new TreePlacement(nodeMask, List.of(), Kind.LAZY);
    }

    public TreePlacement steered(List<Integer> nodes) {
        return new TreePlacement(nodeMask, nodes, kind);
    }

    /** Says whether the tree cannot be reshaped: its kind belongs to it from the first table on. */
    public boolean keepsShape() {
        return kind != Kind.EAGER;
    }

    /** The node whose replica the processors of a node use; it may be one without a replica. */
    public int steeredNode(int node) {
        return node < steering.size() ? steering.get(node) : node;
    }
}
