package dev.mitosis.replication.policy;

import dev.mitosis.hal.Topology;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.replication.Replicator;

/** A way to decide where the page tables of a machine live. */
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

    /** Says whether it is a variation of another policy, compared only when somebody asks for it. */
    default boolean isVariant() {
        return false;
    }

    /** The memory policy that the first task of a program starts with. */
    default Mempolicy initialMempolicy(Topology topology) {
        return Mempolicy.LOCAL;
    }
}
