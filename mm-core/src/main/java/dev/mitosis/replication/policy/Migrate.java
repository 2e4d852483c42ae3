package dev.mitosis.replication.policy;

import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.replication.ExtendedTree;
import dev.mitosis.replication.Replicator;
import java.util.function.ObjIntConsumer;

/**
 * One tree that follows the data: when pages have been moved and most of them are on one node, the tables go there too.
 *
 * <p>In a guest the extended tree follows to the node of the host behind the guest's.
 *
 * <p>Source: Mitosis (ASPLOS'20) §5.5; vMitosis (ASPLOS'21) §3.2.
 */
public final class Migrate implements PlacementPolicy {
    @Override
    public String name() {
        return "migrate";
    }

    @Override
    public String description() {
        return "one tree that moves after the data (page-table migration)";
    }

    @Override
    public String command() {
        return "echo PID >/proc/sys/kernel/numa_migrate_pid_pgtable";
    }

    @Override
    public PageTableEvents attach(Kernel kernel, Replicator replicator) {
        return afterMigration(kernel, replicator::move);
    }

    @Override
    public PageTableEvents attachGuest(Kernel guest, Replicator replicator, ExtendedTree extended) {
        return afterMigration(guest, (mm, node) -> {
            replicator.move(mm, node);
            int hostNode = extended.hostNode(node);
            if (hostNode >= 0) {
                extended.move(hostNode);
            }
        });
    }

    /** Moves trees to the node that has most of the data, if one has. */
    private static PageTableEvents afterMigration(Kernel kernel, ObjIntConsumer<MmStruct> move) {
        int nodes = kernel.context().topology().nodes();
        return new PageTableEvents() {
            @Override
            public void dataMigrationFinished(MmStruct mm) {
                for (int node = 0; node < nodes; node++) {
                    if (2 * mm.residentFrames(node) > mm.residentFrames()) {
                        follow(move, mm, node);
                    }
                }
            }
        };
    }

    /** A node without room for the tables keeps the tree where it is: slow, and right. */
    private static void follow(ObjIntConsumer<MmStruct> move, MmStruct mm, int node) {
        try {
            move.accept(mm, node);
        } catch (KernelException noRoom) {
            if (noRoom.errno() != Errno.ENOMEM) {
                throw noRoom;
            }
        }
    }
}
