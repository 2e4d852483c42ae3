package dev.mitosis.replication.policy;

import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.replication.Replicator;
import dev.mitosis.replication.mechanism.UpdateMode;

/**
 * Mitosis: every node has a copy of every table, from the first on; updates go to all.
 *
 * <pre>
 *   mitosis          a copy a node; single operations go around the rings, as the papers' PV-ops do
 *   mitosis-batched  the same; ranges go around the rings as a whole
 *   mitosis-4.17     as the published kernel: a master that only the kernel uses, besides a copy a node
 * </pre>
 *
 * <p>Source: Mitosis (ASPLOS'20) §5, §8.3; the master: Linux 4.17's Mitosis.
 */
public final class Mitosis implements PlacementPolicy {
    /** Of all nodes. */
    private static final long ALL = 0;

    private final Variant variant;
    private final long nodeMask;

    /** The ways of keeping copies. */
    public enum Variant {
        PLAIN("mitosis", "a copy of every table on every node (Mitosis replication)"),
        BATCHED("mitosis-batched", "the same, with updates of ranges batched"),
        LINUX_4_17("mitosis-4.17", "the same as Linux 4.17 had it: a master besides the copies");

        private final String policyName;
        private final String description;

        Variant(String policyName, String description) {
            this.policyName = policyName;
            this.description = description;
        }
    }

    public Mitosis() {
        this(Variant.PLAIN, ALL);
    }

    public Mitosis(Variant variant) {
        this(variant, ALL);
    }

    /** Copies on the nodes of a mask only; processors of other nodes use the nearest. */
    public Mitosis(Variant variant, long nodeMask) {
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

    /** The same with copies on the nodes of a mask only. */
    public Mitosis onNodes(long mask) {
        return new Mitosis(variant, mask);
    }

    @Override
    public PageTableEvents attach(Kernel kernel, Replicator replicator) {
        long nodes = nodeMask == ALL ? kernel.context().topology().allNodes() : nodeMask;
        replicator.setUpdates(variant == Variant.BATCHED ? UpdateMode.BATCHED : UpdateMode.ENTRY_BY_ENTRY);
        if (variant == Variant.LINUX_4_17) {
            replicator.replicateNewBesideMaster(nodes);
        } else {
            replicator.replicateNew(nodes);
        }
        return PageTableEvents.NONE;
    }
}
