package dev.mitosis.replication.policy;

import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.replication.Replicator;

/**
 * Replicas that are filled by need and shared by the nodes of a socket: {@code numapte} with one replica for each group of near nodes.
 *
 * <p>Source: Hydra (ATC 2024) and the sharing domains of its later kernels. Its owners of 1 GiB regions, parking and promotion are left out.
 */
public final class Hydra implements PlacementPolicy {
    private static final int WINDOW = 512;

    @Override
    public String name() {
        return "hydra";
    }

    @Override
    public String description() {
        return "replicas filled by need and shared by the nodes of a socket (Hydra's domains)";
    }

    @Override
    public boolean isVariant() {
        return true;
    }

    @Override
    public PageTableEvents attach(Kernel kernel, Replicator replicator) {
        replicator.setFillWindow(WINDOW);
        replicator.replicateNewLazily(
                NodeDomains.representatives(kernel.context().topology()));
        return PageTableEvents.NONE;
    }
}
