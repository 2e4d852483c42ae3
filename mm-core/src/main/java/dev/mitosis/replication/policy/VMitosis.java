package dev.mitosis.replication.policy;

import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.Task;
import dev.mitosis.replication.Replicator;
import dev.mitosis.replication.reshape.TableMigrator;

/**
 * One tree whose tables follow one by one: each moves to the node where most of its children are, when NUMA balancing has had a
 * turn and when a migration of data has ended.
 *
 * <p>Source: vMitosis (ASPLOS'21) §3.2.1 (migration of the tables of thin workloads).
 */
public final class VMitosis implements PlacementPolicy {
    @Override
    public String name() {
        return "vmitosis";
    }

    @Override
    public String description() {
        return "one tree whose tables follow their data one by one (vMitosis migration)";
    }

    @Override
    public boolean isVariant() {
        return true;
    }

    @Override
    public PageTableEvents attach(Kernel kernel, Replicator replicator) {
        TableMigrator migrator = replicator.migrateTables();
        return new PageTableEvents() {
            @Override
            public void dataMigrationFinished(MmStruct mm) {
                migrator.settle(mm);
            }

            @Override
            public void numaScanned(Task task) {
                migrator.settle(task.mm());
            }
        };
    }
}
