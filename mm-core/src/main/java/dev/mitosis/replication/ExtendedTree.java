package dev.mitosis.replication;

/**
 * The extended page table of a guest, as a placement policy may place it. The hypervisor implements it.
 *
 * <p>Units: nodes and masks are the host's.
 *
 * <p>Errors: {@link dev.mitosis.mm.KernelException} ENOMEM when a node lacks the frames; the tree stays as it was.
 *
 * <p>Cost: a pass over the tree, and 4 KiB copied for each table added; every vCPU loads its root again.
 *
 * <p>Source: vMitosis (ASPLOS'21) §3.2, §3.3.
 */
public interface ExtendedTree {
    /** All nodes of the host. */
    long allNodes();

    /** The host's node that the memory of a guest's node is preferred on, or -1 when the host leaves it to first touch. */
    int hostNode(int guestNode);

    /** A replica on each node of a mask. */
    void replicate(long nodeMask);

    /** Moves the whole tree to a node. */
    void move(int node);

    /**
     * Moves single tables to the nodes where most of their children are; a replicated tree has none to move.
     *
     * @param nodeMask the nodes that tables may move to
     * @return how many moved
     */
    int migrateMisplaced(long nodeMask);
}
