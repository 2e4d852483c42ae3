package dev.mitosis.replication.policy;

import dev.mitosis.hal.Topology;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.replication.Replicator;

/**
 * One tree, its tables and the data in turn on all nodes: what {@code numactl --interleave=all} gives.
 *
 * <p>Source: Linux {@code mm/mempolicy.c:alloc_pages}; Mitosis (ASPLOS'20) §8.1 (configuration I).
 */
public final class Interleave implements PlacementPolicy {
    @Override
    public String name() {
        return "interleave";
    }

    @Override
    public String description() {
        return "one tree, tables and data in turn on all nodes (numactl --interleave)";
    }

    @Override
    public String command() {
        return "numactl --interleave=all PROGRAM";
    }

    @Override
    public PageTableEvents attach(Kernel kernel, Replicator replicator) {
        return PageTableEvents.NONE;
    }

    @Override
    public Mempolicy initialMempolicy(Topology topology) {
        return Mempolicy.interleave(topology.allNodes());
    }
}
