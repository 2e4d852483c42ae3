package dev.mitosis.replication.mechanism;

/**
 * What is done when a node that shall have a replica of a new table has no frame for it. In no case is a ring left half-built.
 *
 * <p>Source: the fall-back that {@code numactl --pgtablerepl} documents; the original kernel panics.
 */
public enum ReplicaAllocFailure {
    /** The kernel writes out cold pages of the nodes of the mask and tries again; then the allocation fails with ENOMEM. */
    RECLAIM,

    /** The allocation fails with ENOMEM at once. */
    FAIL,

    /**
     * The table does without a replica on that node, whose processors walk the nearest one; a warning is counted. A later {@link
     * dev.mitosis.replication.Replicator#replicate} with the same mask makes the replicas that are missing.
     */
    DEGRADE
}
