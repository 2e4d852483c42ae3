package dev.mitosis.replication.policy;

import dev.mitosis.hal.Topology;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.Task;
import dev.mitosis.replication.Replicator;
import dev.mitosis.replication.reshape.TableMigrator;

/**
 * Placement by level over memory tiers: upper tables are made on nodes with processors, and leaf tables follow their data from tier to tier.
 *
 * <p>A node without processors is a slower tier (persistent or CXL memory). Upper tables are a 512th of all, so the fast tier hardly notices.
 *
 * <p>Source: Radiant (ISMM'21): "bind high", and migration of leaf tables after their data.
 */
public final class Radiant implements PlacementPolicy {
    private static final int LEAF = 1;

    @Override
    public String name() {
        return "radiant";
    }

    @Override
    public String description() {
        return "one tree, upper tables in the memory of processors, leaf tables after their data (Radiant)";
    }

    @Override
    public boolean isVariant() {
        return true;
    }

    @Override
    public PageTableEvents attach(Kernel kernel, Replicator replicator) {
        Topology topology = kernel.context().topology();
        long fast = nodesWithProcessors(topology);
        TableMigrator migrator = replicator.migrateTables();
        replicator.setTableNodes((level, cpu, wanted) ->
                level == LEAF || (fast >>> wanted & 1) != 0 ? wanted : topology.nearestNode(wanted, fast));
        return new PageTableEvents() {
            @Override
            public void dataMigrationFinished(MmStruct mm) {
                migrator.migrateMisplacedLeaves(mm);
            }

            @Override
            public void numaScanned(Task task) {
                migrator.migrateMisplacedLeaves(task.mm());
            }
        };
    }

    private static long nodesWithProcessors(Topology topology) {
        long mask = 0;
        for (int cpu = 0; cpu < topology.cpus(); cpu++) {
            mask |= 1L << topology.nodeOfCpu(cpu);
        }
        return mask;
    }
}
