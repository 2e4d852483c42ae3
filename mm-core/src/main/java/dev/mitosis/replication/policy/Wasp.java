package dev.mitosis.replication.policy;

import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.replication.Replicator;
import java.util.HashMap;
import java.util.Map;

/**
 * Mitosis that counters switch on and off: replicas are made when more than one access of a hundred misses the TLB for a while, and removed
 * when that has ended for as long.
 *
 * <p>Shape: a verdict must hold for {@value #SUSTAINED} counted pieces in a row, so that a program between two phases does not flap.
 *
 * <p>Errors: a node without room for the replicas leaves the tree as it is; the next piece asks again.
 *
 * <p>Source: WASP (ASPLOS'24): the TLB miss ratio of 1 % and its hysteresis. Its second indicator, accesses a second, is left out: simulated
 * time is known only after a run.
 */
public final class Wasp implements PlacementPolicy {
    /** Misses of a hundred accesses from which on replicas pay. */
    private static final int PERCENT = 1;

    private static final int SUSTAINED = 2;

    @Override
    public String name() {
        return "wasp";
    }

    @Override
    public String description() {
        return "Mitosis while the program misses the TLB often, one tree otherwise (WASP)";
    }

    @Override
    public boolean isVariant() {
        return true;
    }

    @Override
    public PageTableEvents attach(Kernel kernel, Replicator replicator) {
        return new Monitor(replicator, kernel.context().topology().allNodes());
    }

    /** Counts, by address space, the pieces in a row that ask for the other state. */
    private static final class Monitor implements PageTableEvents {
        private final Replicator replicator;
        private final long nodes;
        private final Map<Integer, Integer> inARow = new HashMap<>();

        Monitor(Replicator replicator, long nodes) {
            this.replicator = replicator;
            this.nodes = nodes;
        }

        @Override
        public synchronized void counted(MmStruct mm, long accesses, long tlbMisses) {
            boolean misses = 100 * tlbMisses > PERCENT * accesses;
            boolean isReplicated = replicator.nodeMask(mm) != 0;
            if (misses == isReplicated) {
                inARow.remove(mm.id());
            } else if (inARow.merge(mm.id(), 1, Integer::sum) >= SUSTAINED) {
                inARow.remove(mm.id());
                change(mm, isReplicated);
            }
        }

        private void change(MmStruct mm, boolean isReplicated) {
            try {
                if (isReplicated) {
                    replicator.collapse(mm);
                } else {
                    replicator.replicate(mm, nodes);
                }
            } catch (KernelException noRoom) {
                if (noRoom.errno() != Errno.ENOMEM) {
                    throw noRoom;
                }
            }
        }

        @Override
        public synchronized void exiting(MmStruct mm) {
            inARow.remove(mm.id());
        }
    }
}
