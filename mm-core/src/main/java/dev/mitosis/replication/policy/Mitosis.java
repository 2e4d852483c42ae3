package dev.mitosis.replication.policy;

import dev.mitosis.mm.Kernel;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.replication.Replicator;

/**
 * Mitosis: every node has a copy of every table, from the first on; updates go to all.
 *
 * <p>Source: Mitosis (ASPLOS'20) §5.
 */
public final class Mitosis implements PlacementPolicy {
    /** Of all nodes. */
    private static final long ALL = 0;

    private final long nodeMask;

    public Mitosis() {
        this(ALL);
    }

    /** Copies on the nodes of a mask only; processors of other nodes use the nearest. */
    public Mitosis(long nodeMask) {
        this.nodeMask = nodeMask;
    }

    @Override
    public String name() {
        return "mitosis";
    }

    @Override
    public String description() {
        return "a copy of every table on every node (Mitosis replication)";
    }

    @Override
    public PageTableEvents attach(Kernel kernel, Replicator replicator) {
        replicator.replicateNew(nodeMask == ALL ? kernel.platform().topology().allNodes() : nodeMask);
        return PageTableEvents.NONE;
    }
}
