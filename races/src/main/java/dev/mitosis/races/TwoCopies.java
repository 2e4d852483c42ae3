package dev.mitosis.races;

import dev.mitosis.hal.ArrayMemory;
import dev.mitosis.hal.Frames;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.hal.Topology;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.replication.mechanism.ReplicatedPageTableOps;
import dev.mitosis.replication.mechanism.TreePlacement;
import dev.mitosis.x86.PageTable;
import dev.mitosis.x86.Pte;

/** A leaf table with a copy on each of two nodes, and what hardware does to an entry of it. */
class TwoCopies {
    static final int INDEX = 5;
    static final long FRAME = Frames.pfn(1, Frames.TABLE_ZONE_FRAMES + 77);
    static final long LEAF = Pte.of(FRAME, Pte.PRESENT | Pte.WRITE | Pte.USER);

    final ArrayMemory memory = new ArrayMemory(2, true, 2);
    final ReplicatedPageTableOps ops;
    final long table;
    final long copy;

    TwoCopies() {
        Topology topology = Topology.uniform(2, 1, 64);
        ops = new ReplicatedPageTableOps(topology, memory, new FrameAllocator(topology, memory), KernelMeter.NONE);
        ops.setPlacementOfNewTrees(TreePlacement.eager(3));
        PageTable tree = new PageTable(1, 4);
        table = ops.allocateTable(tree, 1, 0, 0);
        copy = ops.rings().lookup(table, 1);
        ops.set(0, 1, table, INDEX, LEAF);
    }

    /** What a walker does that finds the leaf in a copy: sets bits in it, if it is still what it has read. */
    boolean walk(long walked, long bits) {
        long entry = memory.read(walked, INDEX);
        while (Pte.isPresent(entry) && ((bits & Pte.DIRTY) == 0 || (entry & Pte.WRITE) != 0)) {
            if (memory.compareAndSet(walked, INDEX, entry, entry | bits)) {
                return true;
            }
            entry = memory.read(walked, INDEX);
        }
        return false;
    }
}
