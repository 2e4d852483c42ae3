package dev.mitosis.replication.mechanism;

import dev.mitosis.hal.Frames;
import java.util.List;

/**
 * Where the copies of one tree are: the nodes that have one each, and which node's processors use which copy.
 *
 * <p>Shape: {@code steering.get(node)} is the node whose copy the processors of {@code node} load; an empty list means that
 * every node uses its own, or the nearest where it has none.
 *
 * <p>Source: steering as in the Mitosis ports' {@code PR_SET_PGTABLE_REPL_STEERING}; the master: Linux 4.17's Mitosis.
 *
 * @param hasMaster whether the kernel edits a table that serves no node, besides the copies
 */
public record TreePlacement(long nodeMask, List<Integer> steering, boolean hasMaster) {
    /** One copy, where the kernel's memory policy puts it. */
    public static final TreePlacement NONE = new TreePlacement(0, List.of(), false);

    public TreePlacement {
        steering = List.copyOf(steering);
        if (nodeMask == 0 && (hasMaster || !steering.isEmpty())) {
            throw new IllegalArgumentException("nothing to steer to, and no master, without copies");
        }
        for (int node : steering) {
            if (node < 0 || node >= Frames.MAX_NODES || (nodeMask >>> node & 1) == 0) {
                throw new IllegalArgumentException(
                        "steering to node " + node + ", which has no copy (mask 0x" + Long.toHexString(nodeMask) + ")");
            }
        }
    }

    /** A copy on each node of a mask; none for an empty mask. */
    public static TreePlacement copies(long nodeMask) {
        return nodeMask == 0 ? NONE : new TreePlacement(nodeMask, List.of(), false);
    }

    /** A master besides a copy on each node of a mask. */
    public static TreePlacement masterAndCopies(long nodeMask) {
        return new TreePlacement(nodeMask, List.of(), true);
    }

    public TreePlacement steered(List<Integer> nodes) {
        return new TreePlacement(nodeMask, nodes, hasMaster);
    }

    /** The node whose copy the processors of a node use; it may be one without a copy. */
    public int steeredNode(int node) {
        return node < steering.size() ? steering.get(node) : node;
    }
}
