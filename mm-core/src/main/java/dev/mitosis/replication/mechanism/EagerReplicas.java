package dev.mitosis.replication.mechanism;

import dev.mitosis.hal.Frames;
import dev.mitosis.x86.PageTable;
import dev.mitosis.x86.Pte;

/**
 * Replicas that have every entry: a table is made with all of them, and a store goes to all of them.
 *
 * <p>Source: Mitosis (ASPLOS'20) §5.2–5.4.
 */
class EagerReplicas extends Replicas {
    EagerReplicas(RingOps ring) {
        super(ring);
    }

    @Override
    long allocate(PageTable tree, TreePlacement placement, int level, int cpu, int node) {
        boolean isFirst = tree.root() == Frames.NO_FRAME;
        long mask = placement.nodeMask();
        long home = allocateHome(tree, level, cpu, node, mask);
        if (home == Frames.NO_FRAME || !allocateReplicas(tree, level, cpu, home, mask & ~(1L << Frames.nodeOf(home)))) {
            return Frames.NO_FRAME;
        }
        return isFirst ? home : ring.serving(Frames.nodeOf(tree.root()), home);
    }

    @Override
    void insert(long home, long replica) {
        ring.rings.insert(home, replica);
    }

    @Override
    long childOf(long parent, long child) {
        return ring.serving(Frames.nodeOf(parent), child);
    }

    @Override
    final void set(int cpu, int level, long table, int index, long entry) {
        boolean isPointer = Pte.isTable(entry, level);
        // Both rings are in the order of nodes, so the search for the next child mostly ends where it starts.
        long child = Pte.pfn(entry);
        int members = 0;
        long member = table;
        do {
            if (isPointer) {
                child = childOf(member, child);
            }
            ring.single.set(cpu, level, member, index, isPointer ? Pte.withPfn(entry, child) : entry);
            child = isPointer ? ring.rings.next(child) : child;
            members++;
            member = ring.rings.next(member);
        } while (member != table);
        ring.visited(cpu, ReplicationCounters.SETS, members, 1);
    }

    @Override
    final void setLeaves(int cpu, int level, long table, int first, int count, long firstEntry, long step) {
        int members = 0;
        long member = table;
        do {
            ring.single.setLeaves(cpu, level, member, first, count, firstEntry, step);
            members++;
            member = ring.rings.next(member);
        } while (member != table);
        ring.visitedRange(cpu, ReplicationCounters.SETS, members, count, 1);
    }

    @Override
    final void setLeaves(int cpu, int level, long table, int first, int count, long[] entries, int from) {
        int members = 0;
        long member = table;
        do {
            ring.single.setLeaves(cpu, level, member, first, count, entries, from);
            members++;
            member = ring.rings.next(member);
        } while (member != table);
        ring.visitedRange(cpu, ReplicationCounters.SETS, members, count, 1);
    }
}
