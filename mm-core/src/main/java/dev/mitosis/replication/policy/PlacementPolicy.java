package dev.mitosis.replication.policy;

import dev.mitosis.hal.Topology;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.replication.ExtendedTree;
import dev.mitosis.replication.Replicator;

/**
 * A way to decide where the page tables of a machine live.
 *
 * <p>{@link #attach} is called once, on a machine of its own; {@link #attachGuest} takes its place when the policy runs inside a guest.
 */
public interface PlacementPolicy {
    /** The name on the command line. */
    String name();

    /** One line for people: what it does. */
    String description();

    /**
     * Takes charge of a machine that has booted and runs nothing yet.
     *
     * @return what shall hear of the kernel's events; {@link PageTableEvents#NONE} for a policy that only sets things up
     */
    PageTableEvents attach(Kernel kernel, Replicator replicator);

    /**
     * Takes charge of a guest that has booted and runs nothing yet: of its own page tables and of the extended one.
     *
     * <p>A policy that does not override this places the guest's own tables only.
     *
     * @param guest the guest's kernel
     * @param replicator of the guest's own tables
     * @param extended the extended page table
     * @return what shall hear of the events of the guest's kernel
     */
    default PageTableEvents attachGuest(Kernel guest, Replicator replicator, ExtendedTree extended) {
        return attach(guest, replicator);
    }

    /** Says whether it is a variation of another policy, compared only when somebody asks for it. */
    default boolean isVariant() {
        return false;
    }

    /** What one types to run {@code PROGRAM} under it on a kernel that has it; empty where no kernel is known to have it. */
    default String command() {
        return "";
    }

    /** Says whether {@link #onNodes} makes a difference. */
    default boolean choosesNodes() {
        return false;
    }

    /** The same policy with the nodes of a mask to choose from: for replicas, or to move tables to. */
    default PlacementPolicy onNodes(long nodeMask) {
        return this;
    }

    /** The memory policy that the first task of a program starts with. */
    default Mempolicy initialMempolicy(Topology topology) {
        return Mempolicy.LOCAL;
    }
}
