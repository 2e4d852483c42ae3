package dev.mitosis.replication.mechanism;

import dev.mitosis.hal.Frames;
import dev.mitosis.x86.PageTable;

/**
 * One way of making replicas and of storing entries in them; what does not depend on the way is in {@link RingOps}.
 *
 * <p>Concurrency: as {@link RingOps}.
 */
abstract class Replicas {
    final RingOps ring;

    Replicas(RingOps ring) {
        this.ring = ring;
    }

    /**
     * Makes an empty table with the replicas that it has from the start.
     *
     * @param node where the kernel wants it
     * @return the table that the kernel shall use, or {@link Frames#NO_FRAME}: then nothing was allocated
     */
    abstract long allocate(PageTable tree, TreePlacement placement, int level, int cpu, int node);

    /** The member of a child's ring that a table's entry points to, {@link Frames#NO_FRAME} where the table lacks the entry. */
    abstract long childOf(long parent, long child);

    /** Stores an entry in a ring. */
    abstract void set(int cpu, int level, long table, int index, long entry);

    /** Stores leaves in a ring: {@code entry(i)} to {@code first + i}. */
    abstract void setLeaves(int cpu, int level, long table, int first, int count, long firstEntry, long step);

    abstract void setLeaves(int cpu, int level, long table, int first, int count, long[] entries, int from);

    /** The first table of a ring: near a node, and where replicas may be missing anywhere in the mask. */
    final long allocateHome(PageTable tree, int level, int cpu, int near, long mask) {
        int node = ring.topology.nearestNode(near, mask);
        long home = ring.single.allocateTable(tree, level, cpu, node);
        for (long rest = mask & ~(1L << node);
                home == Frames.NO_FRAME && rest != 0 && ring.fullNode() == ReplicaAllocFailure.DEGRADE; ) {
            node = ring.topology.nearestNode(near, rest);
            home = ring.single.allocateTable(tree, level, cpu, node);
            rest &= ~(1L << node);
        }
        return home;
    }

    /** Links a frame into the ring of a home. */
    abstract void insert(long home, long replica);

    /** Makes replicas of a home on the nodes of a mask; false, and the ring is gone, when a node lacks a frame that it must have. */
    final boolean allocateReplicas(PageTable tree, int level, int cpu, long home, long mask) {
        for (long rest = mask; rest != 0; rest &= rest - 1) {
            int node = Long.numberOfTrailingZeros(rest);
            long replica = ring.frames.takeTable(node);
            if (replica == Frames.NO_FRAME) {
                if (ring.fullNode() == ReplicaAllocFailure.DEGRADE) {
                    ring.counters.replicaLacking(node);
                    continue;
                }
                ring.freeOthers(cpu, home);
                ring.single.freeTable(tree, level, cpu, home);
                return false;
            }
            insert(home, replica);
            ring.meter.tableAllocated(cpu, node);
        }
        return true;
    }
}
