package dev.mitosis.replication.policy;

import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.Task;
import dev.mitosis.replication.ExtendedTree;
import dev.mitosis.replication.Replicator;
import dev.mitosis.replication.reshape.TableMigrator;
import dev.mitosis.x86.PageTableOps;
import java.util.function.Consumer;

/**
 * One tree whose tables follow one by one: each moves to the node where most of its children are. Tables move after a pass of NUMA
 * balancing and after a migration of data.
 *
 * <p>In a guest the tables of both trees move, the guest's first: their new frames are children of extended tables.
 *
 * <p>Source: vMitosis (ASPLOS'21) §3.2.1 (migration of the tables of thin workloads), §3.3 (extended tables).
 */
public final class VMitosis implements PlacementPolicy {
    private final long nodeMask;

    public VMitosis() {
        this(PageTableOps.ANY_NODE);
    }

    private VMitosis(long nodeMask) {
        this.nodeMask = nodeMask;
    }

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
    public boolean choosesNodes() {
        return true;
    }

    @Override
    public PlacementPolicy onNodes(long mask) {
        return new VMitosis(mask);
    }

    @Override
    public String command() {
        return "echo 1 >/proc/sys/kernel/numa_pgtable_migration; PROGRAM";
    }

    @Override
    public PageTableEvents attach(Kernel kernel, Replicator replicator) {
        TableMigrator migrator = replicator.migrateTables();
        return onTurns(mm -> migrator.migrateMisplaced(mm, nodeMask));
    }

    @Override
    public PageTableEvents attachGuest(Kernel guest, Replicator replicator, ExtendedTree extended) {
        TableMigrator migrator = replicator.migrateTables();
        long hostMask = GuestNodes.onHost(nodeMask, guest.context().topology(), extended);
        return onTurns(mm -> {
            migrator.migrateMisplaced(mm, nodeMask);
            extended.migrateMisplaced(hostMask);
        });
    }

    private static PageTableEvents onTurns(Consumer<MmStruct> turn) {
        return new PageTableEvents() {
            @Override
            public void dataMigrationFinished(MmStruct mm) {
                turn.accept(mm);
            }

            @Override
            public void numaScanned(Task task) {
                turn.accept(task.mm());
            }
        };
    }
}
