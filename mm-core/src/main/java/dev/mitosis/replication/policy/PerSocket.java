package dev.mitosis.replication.policy;

import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.replication.ExtendedTree;
import dev.mitosis.replication.Replicator;

/**
 * Mitosis with one replica for each group of near nodes, a socket for instance, however many nodes it has.
 *
 * <p>Processors use the nearest replica. On a machine whose nodes are all equally far apart it is {@code mitosis}.
 *
 * <p>Source: the domains of Hydra's later kernels ({@link NodeDomains}); the mechanism is that of Mitosis (ASPLOS'20) §5.
 */
public final class PerSocket implements PlacementPolicy {
    @Override
    public String name() {
        return "per-socket";
    }

    @Override
    public String description() {
        return "a replica of every table on one node of each socket (Mitosis where a socket has several nodes)";
    }

    @Override
    public boolean isVariant() {
        return true;
    }

    @Override
    public PageTableEvents attach(Kernel kernel, Replicator replicator) {
        replicator.replicateNew(NodeDomains.representatives(kernel.context().topology()));
        return PageTableEvents.NONE;
    }

    @Override
    public PageTableEvents attachGuest(Kernel guest, Replicator replicator, ExtendedTree extended) {
        long nodes = NodeDomains.representatives(guest.context().topology());
        extended.replicate(GuestNodes.onHost(nodes, guest.context().topology(), extended));
        return attach(guest, replicator);
    }
}
