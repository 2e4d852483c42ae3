package dev.mitosis.replication.policy;

import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.replication.ExtendedTree;
import dev.mitosis.replication.Replicator;
import dev.mitosis.replication.mechanism.UpdateMode;
import dev.mitosis.x86.PageTableOps;

/**
 * Mitosis: every node has a replica of every table from the start; an update goes to all replicas.
 *
 * <pre>
 *   mitosis          a replica on each node; single operations go around the rings, as the papers' PV-ops do
 *   mitosis-batched  the same; a range goes around a ring as a whole
 *   mitosis-lazy     a replica is filled with what its node's processors walk
 *   mitosis-4.17     as the published kernel: beside a replica on each node, a master that only the kernel uses
 * </pre>
 *
 * <p>In a guest both trees are replicated: the guest's, and the extended one on the nodes of the host behind the same nodes.
 *
 * <p>Source: Mitosis (ASPLOS'20) §5, §8.3; the master: Linux 4.17's Mitosis; lazy: Hydra (ATC 2024); both trees: vMitosis (ASPLOS'21) §3.3.
 */
public final class Mitosis implements PlacementPolicy {
    private final Variant variant;
    private final long nodeMask;

    /** The ways of keeping replicas. */
    public enum Variant {
        PLAIN("mitosis", "a replica of every table on every node (Mitosis replication)"),
        BATCHED("mitosis-batched", "the same, with updates of ranges batched"),
        LAZY("mitosis-lazy", "the same, with each replica filled when its node first walks there"),
        LINUX_4_17("mitosis-4.17", "the same as Linux 4.17 had it: a master beside the replicas");

        private final String policyName;
        private final String description;

        Variant(String policyName, String description) {
            this.policyName = policyName;
            this.description = description;
        }
    }

    public Mitosis() {
        this(Variant.PLAIN);
    }

    public Mitosis(Variant variant) {
        this(variant, PageTableOps.ANY_NODE);
    }

    private Mitosis(Variant variant, long nodeMask) {
        this.variant = variant;
        this.nodeMask = nodeMask;
    }

    @Override
    public String name() {
        return variant.policyName;
    }

    @Override
    public String description() {
        return variant.description;
    }

    @Override
    public boolean isVariant() {
        return variant != Variant.PLAIN;
    }

    @Override
    public boolean choosesNodes() {
        return true;
    }

    /** The same with replicas on the nodes of a mask; processors of other nodes use the nearest replica. */
    @Override
    public PlacementPolicy onNodes(long mask) {
        return new Mitosis(variant, mask);
    }

    @Override
    public String command() {
        return variant == Variant.PLAIN || variant == Variant.LINUX_4_17 ? "numactl --pgtablerepl=all PROGRAM" : "";
    }

    @Override
    public PageTableEvents attach(Kernel kernel, Replicator replicator) {
        long nodes = nodeMask & kernel.context().topology().allNodes();
        replicator.setUpdates(variant == Variant.BATCHED ? UpdateMode.BATCHED : UpdateMode.ENTRY_BY_ENTRY);
        switch (variant) {
            case LINUX_4_17 -> replicator.replicateNewBesideMaster(nodes);
            case LAZY -> replicator.replicateNewLazily(nodes);
            default -> replicator.replicateNew(nodes);
        }
        return PageTableEvents.NONE;
    }

    @Override
    public PageTableEvents attachGuest(Kernel guest, Replicator replicator, ExtendedTree extended) {
        extended.replicate(GuestNodes.onHost(nodeMask, guest.context().topology(), extended));
        return attach(guest, replicator);
    }
}
