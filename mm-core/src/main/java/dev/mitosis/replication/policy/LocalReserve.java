package dev.mitosis.replication.policy;

import dev.mitosis.hal.Topology;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.replication.Replicator;

/**
 * One tree, each table from a reserve of the node whose processor needs it: neither data that fills a node nor a memory policy sends tables
 * to another one.
 *
 * <p>Cost: the reserve is a share of each node's memory, {@value #RESERVE_SHARE} data frames for one table frame: what leaf tables of a node full
 * of 4 KiB pages need.
 *
 * <p>Source: {@code numactl --pgtablecache} of the Mitosis ports; the reserved memory range of the OpenAnolis cloud kernel.
 */
public final class LocalReserve implements PlacementPolicy {
    /** Entries of a leaf table, and so the data frames for each frame of the reserve. */
    private static final long RESERVE_SHARE = 512;

    @Override
    public String name() {
        return "local-reserve";
    }

    @Override
    public String description() {
        return "one tree, each table from a reserve of the node that needs it first (numactl --pgtablecache)";
    }

    @Override
    public boolean isVariant() {
        return true;
    }

    @Override
    public String command() {
        return "numactl --pgtablecache PROGRAM";
    }

    @Override
    public PageTableEvents attach(Kernel kernel, Replicator replicator) {
        Topology topology = kernel.context().topology();
        for (int node = 0; node < topology.nodes(); node++) {
            replicator.reserve(node, (int) (topology.framesOfNode(node) / RESERVE_SHARE));
        }
        replicator.setTableNodes((level, cpu, wanted) -> topology.nodeOfCpu(cpu));
        return PageTableEvents.NONE;
    }
}
