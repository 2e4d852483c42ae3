package dev.mitosis.replication.mechanism;

import dev.mitosis.hal.Frames;
import dev.mitosis.x86.PageTable;

/**
 * Eager replicas beside a master: a table that the kernel edits and no processor walks.
 *
 * <p>The master's pointers lead to masters. In rings without a master these are {@link EagerReplicas}.
 *
 * <p>Source: Mitosis for Linux 4.17, {@code arch/x86/mm/pgtable.c}.
 */
final class MasterReplicas extends EagerReplicas {
    MasterReplicas(RingOps ring) {
        super(ring);
    }

    @Override
    long allocate(PageTable tree, TreePlacement placement, int level, int cpu, int node) {
        long master = allocateHome(tree, level, cpu, node, ring.topology.allNodes());
        return master == Frames.NO_FRAME || !allocateReplicas(tree, level, cpu, master, placement.nodeMask())
                ? Frames.NO_FRAME
                : master;
    }

    @Override
    void insert(long home, long replica) {
        if (ring.rings.isLinked(home)) {
            ring.rings.insert(home, replica);
        } else {
            ring.rings.insertBesideMaster(home, replica);
        }
    }

    @Override
    long childOf(long parent, long child) {
        return ring.rings.isMaster(parent) ? ring.rings.home(child) : super.childOf(parent, child);
    }
}
