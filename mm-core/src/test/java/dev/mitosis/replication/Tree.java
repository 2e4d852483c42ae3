package dev.mitosis.replication;

import dev.mitosis.hal.ArrayMemory;
import dev.mitosis.hal.Frames;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.hal.Topology;
import dev.mitosis.replication.mechanism.ReplicaAudit;
import dev.mitosis.replication.mechanism.ReplicatedPageTableOps;
import dev.mitosis.replication.mechanism.TreePlacement;
import dev.mitosis.replication.reshape.TreeReshaper;
import dev.mitosis.x86.PageTable;
import dev.mitosis.x86.PageTableOps;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/** One tree on a tiny board, edited through the waist as a kernel would, without a kernel. */
final class Tree {
    static final long LEAF_FLAGS = Pte.PRESENT | Pte.WRITE | Pte.USER;

    final Topology topology;
    final ArrayMemory memory;
    final TableZones zones;
    final ReplicatedPageTableOps ops;
    final PageTable table;
    final ReplicaAudit audit;

    Tree(int nodes, int levels, int framesPerNode) {
        this(Topology.uniform(nodes, 1, 1 << 20), levels, framesPerNode);
    }

    Tree(Topology topology, int levels, int framesPerNode) {
        int nodes = topology.nodes();
        this.topology = topology;
        memory = new ArrayMemory(nodes, false);
        zones = new TableZones(memory, nodes, framesPerNode);
        ops = new ReplicatedPageTableOps(topology, memory, zones, KernelMeter.NONE);
        table = new PageTable(1, levels);
        audit = new ReplicaAudit(memory, ops);
    }

    /** Makes the root on a node, with copies on a mask. */
    Tree rooted(int node, long nodeMask) {
        ops.setPlacement(table, TreePlacement.eager(nodeMask));
        table.setRoot(ops.allocateTable(table, table.levels(), 0, node));
        return this;
    }

    /** Descends to the table of a level, making tables on a node; {@code NO_FRAME} where the node has none left. */
    long tableFor(PageTableOps waist, long va, int level, int node) {
        long at = table.root();
        for (int above = table.levels(); above > level; above--) {
            int index = PagingLevel.index(va, above);
            long entry = waist.get(0, at, index);
            if (!Pte.isTable(entry, above)) {
                long child = waist.allocateTable(table, above - 1, 0, node);
                if (child == Frames.NO_FRAME) {
                    return Frames.NO_FRAME;
                }
                entry = Pte.of(child, Pte.TABLE_FLAGS);
                waist.set(0, above, at, index, entry);
            }
            at = Pte.pfn(entry);
        }
        return at;
    }

    void map(long va, long pfn, int tableNode) {
        long leaf = tableFor(ops, va, 1, tableNode);
        ops.set(0, 1, leaf, PagingLevel.index(va, 1), Pte.of(pfn, LEAF_FLAGS));
    }

    long get(long va) {
        long leaf = tableFor(ops, va, 1, 0);
        return ops.get(0, leaf, PagingLevel.index(va, 1));
    }

    /** An access by a processor of a node, through the root that it would load. */
    long access(int node, long va, boolean write) {
        return HardwareWalk.access(memory, ops.rootFor(table, node), table.levels(), va, write);
    }

    /** The node of the table that the access's last entry is in. */
    int leafTableNode(int node, long va) {
        long at = ops.rootFor(table, node);
        for (int level = table.levels(); level > 1; level--) {
            at = Pte.pfn(memory.read(at, PagingLevel.index(va, level)));
        }
        return Frames.nodeOf(at);
    }

    int reshape(long targetMask) {
        TreePlacement before = ops.placement(table);
        int lacking = new TreeReshaper(topology, memory, zones, KernelMeter.NONE, ops.rings(), 0, targetMask)
                .reshape(table, null, () -> ops.setPlacement(table, TreePlacement.eager(targetMask)));
        if (lacking >= 0) {
            ops.setPlacement(table, before);
        }
        return lacking;
    }

    void tearDown() {
        free(table.root(), table.levels());
        table.setRoot(Frames.NO_FRAME);
    }

    private void free(long at, int level) {
        for (int i = 0; level > 1 && i < PagingLevel.ENTRIES; i++) {
            long entry = ops.get(0, at, i);
            if (Pte.isTable(entry, level)) {
                free(Pte.pfn(entry), level - 1);
            }
        }
        ops.freeTable(table, level, 0, at);
    }
}
