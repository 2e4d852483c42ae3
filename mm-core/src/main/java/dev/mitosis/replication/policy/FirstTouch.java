package dev.mitosis.replication.policy;

import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.replication.Replicator;

/**
 * Linux as it is: one tree, each table on the node of the processor that first needed it, for ever.
 *
 * <p>Source: Linux {@code mm/memory.c:__pte_alloc}; Mitosis (ASPLOS'20) §3.
 */
public final class FirstTouch implements PlacementPolicy {
    @Override
    public String name() {
        return "first-touch";
    }

    @Override
    public String description() {
        return "one tree, each table where it was first needed (Linux)";
    }

    @Override
    public String command() {
        return "PROGRAM";
    }

    @Override
    public PageTableEvents attach(Kernel kernel, Replicator replicator) {
        return PageTableEvents.NONE;
    }
}
