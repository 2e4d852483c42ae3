package dev.mitosis.replication.policy;

import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.replication.Replicator;
import dev.mitosis.x86.PageTableOps;

/**
 * Replicas that are filled by need, a window of neighbours at a time; flushes reach only the nodes that share a table.
 *
 * <p>The window is a leaf table, 512 entries: the prefetch of degree 9 that the published system has by default.
 *
 * <p>Source: numaPTE, published as Hydra (ATC 2024). Its owner is a node for each area; here it is one for the tree (ADR 0023).
 */
public final class NumaPte implements PlacementPolicy {
    private static final int WINDOW = 512;

    private final long nodeMask;

    public NumaPte() {
        this(PageTableOps.ANY_NODE);
    }

    private NumaPte(long nodeMask) {
        this.nodeMask = nodeMask;
    }

    @Override
    public String name() {
        return "numapte";
    }

    @Override
    public String description() {
        return "replicas filled by need, a leaf table's neighbours at once; flushes go to sharers (numaPTE)";
    }

    @Override
    public boolean isVariant() {
        return true;
    }

    @Override
    public boolean choosesNodes() {
        return true;
    }

    @Override
    public PlacementPolicy onNodes(long mask) {
        return new NumaPte(mask);
    }

    @Override
    public PageTableEvents attach(Kernel kernel, Replicator replicator) {
        replicator.setFillWindow(WINDOW);
        replicator.replicateNewLazily(nodeMask & kernel.context().topology().allNodes());
        return PageTableEvents.NONE;
    }
}
