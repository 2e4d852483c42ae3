package dev.mitosis.replication.reshape;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.hal.Topology;
import dev.mitosis.replication.mechanism.ReplicatedPageTableOps;
import dev.mitosis.replication.ring.ReplicaRings;
import dev.mitosis.x86.FrameSource;
import dev.mitosis.x86.PageTable;
import dev.mitosis.x86.Pte;
import org.jspecify.annotations.Nullable;

/**
 * Changes which nodes hold a live tree: it adds replicas, switches the roots, then removes replicas.
 *
 * <p>The order keeps walkers safe. All frames are taken before anything changes, so that a node without memory leaves the
 * tree as it was. Children are built before their parents, so that a pointer never leads to an unfinished table. A table
 * that goes is freed after every processor has loaded a root of the new shape and after its A and D bits were gathered.
 *
 * <p>Cost: one copy of 4 KiB for each table added; leaf tables are copied as blocks, only pointers one by one.
 *
 * <p>Concurrency: the caller keeps the kernel from editing the tree (mmap_lock for writing); hardware may walk it.
 *
 * <p>Source: Mitosis (ASPLOS'20) §5.2; enabling and disabling as in the ports of Mitosis to Linux 6 and 7.
 */
public final class TreeReshaper {
    private final Topology topology;
    private final PhysicalMemory memory;
    private final FrameSource frames;
    private final KernelMeter meter;
    private final ReplicaRings rings;
    private final int cpu;

    /** The nodes that shall have a replica of every table; 0 leaves each table's home alone. */
    private final long targetMask;

    private final long[][] reserve;
    private final int[] reserved;

    public TreeReshaper(
            Topology topology,
            PhysicalMemory memory,
            FrameSource frames,
            KernelMeter meter,
            ReplicaRings rings,
            int cpu,
            long targetMask) {
        this.topology = topology;
        this.memory = memory;
        this.frames = frames;
        this.meter = meter;
        this.rings = rings;
        this.cpu = cpu;
        this.targetMask = targetMask;
        this.reserve = new long[topology.nodes()][];
        this.reserved = new int[topology.nodes()];
    }

    /**
     * Brings the tree to the target nodes.
     *
     * @param userTree a root of its own above the same tables, brought there with it; or null
     * @param switchRoots makes every processor that may walk the tree load a root of the new shape and forget all that it
     *     knows of the old one; called when the replicas are ready and the tree's root is set
     * @return the node that lacked frames, and nothing has changed; or -1
     */
    public int reshape(PageTable tree, @Nullable PageTable userTree, Runnable switchRoots) {
        int[] missing = new int[topology.nodes()];
        countMissing(tree.root(), tree.levels(), missing);
        if (userTree != null) {
            addMissing(userTree.root(), missing);
        }
        for (int node = 0; node < missing.length; node++) {
            if (!reserve(node, missing[node])) {
                release();
                return node;
            }
        }
        build(tree.root(), tree.levels());
        tree.setRoot(rings.home(tree.root()));
        if (userTree != null) {
            buildTable(userTree.root(), userTree.levels());
            userTree.setRoot(rings.home(userTree.root()));
        }
        switchRoots.run();
        prune(tree.root(), tree.levels());
        if (userTree != null) {
            pruneTable(userTree.root());
        }
        return -1;
    }

    private long target(long table) {
        return targetMask == 0 ? 1L << Frames.nodeOf(rings.home(table)) : targetMask;
    }

    // ---- frames ----

    private void addMissing(long table, int[] missing) {
        for (long rest = target(table) & ~rings.nodeMask(table); rest != 0; rest &= rest - 1) {
            missing[Long.numberOfTrailingZeros(rest)]++;
        }
    }

    private void countMissing(long table, int level, int[] missing) {
        addMissing(table, missing);
        if (level == 1) {
            return;
        }
        for (int i = 0; i < PhysicalMemory.WORDS; i++) {
            long entry = memory.read(table, i);
            if (Pte.isTable(entry, level)) {
                countMissing(Pte.pfn(entry), level - 1, missing);
            }
        }
    }

    private boolean reserve(int node, int count) {
        reserve[node] = new long[count];
        while (reserved[node] < count) {
            long table = frames.takeTable(node);
            if (table == Frames.NO_FRAME) {
                return false;
            }
            reserve[node][reserved[node]++] = table;
        }
        return true;
    }

    private void release() {
        for (int node = 0; node < reserved.length; node++) {
            while (reserved[node] > 0) {
                frames.returnTable(reserve[node][--reserved[node]]);
            }
        }
    }

    // ---- building: children before parents ----

    private void build(long table, int level) {
        if (level > 1) {
            for (int i = 0; i < PhysicalMemory.WORDS; i++) {
                long entry = memory.read(table, i);
                if (Pte.isTable(entry, level)) {
                    build(Pte.pfn(entry), level - 1);
                }
            }
        }
        buildTable(table, level);
    }

    private void buildTable(long table, int level) {
        long target = target(table);
        for (long rest = target & ~rings.nodeMask(table); rest != 0; rest &= rest - 1) {
            int node = Long.numberOfTrailingZeros(rest);
            long replica = reserve[node][--reserved[node]];
            memory.copy(table, replica);
            rings.insert(table, replica);
            meter.tableAllocated(cpu, node);
            meter.tableCopied(cpu, table, replica);
        }
        int homeNode = Frames.nodeOf(rings.home(table));
        if ((target >>> homeNode & 1) == 0) {
            rings.setHome(rings.lookup(table, topology.nearestNode(homeNode, target)));
        }
        if (level > 1) {
            point(table, level, target);
        }
    }

    /** Points the members that stay to the children that stay: on their own node, or to the homes when replicas go. */
    private void point(long table, int level, long target) {
        for (int i = 0; i < PhysicalMemory.WORDS; i++) {
            long entry = memory.read(table, i);
            if (!Pte.isTable(entry, level)) {
                continue;
            }
            long child = Pte.pfn(entry);
            for (long rest = target; rest != 0; rest &= rest - 1) {
                int node = Long.numberOfTrailingZeros(rest);
                long to = targetMask == 0 ? rings.home(child) : rings.lookup(child, node);
                repoint(rings.lookup(table, node), i, to);
            }
        }
    }

    private void repoint(long table, int index, long child) {
        long entry = memory.read(table, index);
        while (Pte.pfn(entry) != child) {
            // A walker may set A between the load and the store.
            if (memory.compareAndSet(table, index, entry, Pte.withPfn(entry, child))) {
                meter.tableStores(cpu, table, index, 1);
                return;
            }
            entry = memory.read(table, index);
        }
    }

    // ---- taking away: no processor reaches these replicas any more ----

    private void prune(long table, int level) {
        if (level > 1) {
            for (int i = 0; i < PhysicalMemory.WORDS; i++) {
                long entry = memory.read(table, i);
                if (Pte.isTable(entry, level)) {
                    prune(Pte.pfn(entry), level - 1);
                }
            }
        }
        pruneTable(table);
    }

    private void pruneTable(long table) {
        long home = rings.home(table);
        for (long rest = rings.nodeMask(table) & ~target(table); rest != 0; rest &= rest - 1) {
            int node = Long.numberOfTrailingZeros(rest);
            long replica = rings.lookup(table, node);
            gatherAccessedDirty(replica, home);
            rings.remove(replica);
            frames.returnTable(replica);
            meter.tableFreed(cpu, node);
        }
    }

    private void gatherAccessedDirty(long replica, long home) {
        for (int i = 0; i < PhysicalMemory.WORDS; i++) {
            long bits = memory.read(replica, i) & ReplicatedPageTableOps.SET_BY_HARDWARE;
            if (bits != 0 && (memory.read(home, i) & bits) != bits) {
                memory.getAndOr(home, i, bits);
            }
        }
        meter.tableLoads(cpu, replica, 0, PhysicalMemory.WORDS);
    }
}
