package dev.mitosis.replication.mechanism;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.x86.PageTable;
import dev.mitosis.x86.PageTableOps;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import dev.mitosis.x86.TableLock;

/**
 * Replicas that are filled on demand: a node gets a table, and an entry of it, when one of its processors misses it.
 *
 * <pre>
 *            owner's node           node 1                  node 2
 *            root (home) ─────────► root ─────────────────► root         made with the tree: each has a CR3
 *            │                      │ (filled)                (empty)
 *            ▼                      ▼
 *            PTE table (home) ────► PTE table                             made by the first miss of node 1
 *            all entries            those that node 1 has missed
 * </pre>
 *
 * <p>The homes have all entries, lie on the node of the root, the tree's <em>owner</em>, and point to one another; the kernel sees
 * nothing else. An entry of another member is absent, or what the home has, with the child of its own node.
 *
 * <p><b>A store</b> goes to the home, to the members that have the entry, and to that of the storing processor's node, so that a fault
 * needs no second one. A pointer to a child that a node lacks is absent there. <b>Taking away</b> is the same as for eager replicas.
 * <b>A fill</b> goes down the home and the replica side by side, copies what is present, and stops at what is not. A node without a frame
 * gets a pointer to the home's child and walks remotely below it. At the leaf it copies a window of neighbours too.
 *
 * <p>Concurrency: {@link #fill} takes one lock at a time: the child's to link its replica, the parent's to store the pointer; each time it
 * reads the home again. mmap_lock, held for reading, keeps tables from being freed.
 *
 * <p>Source: Hydra (ATC 2024): replicas by need, an owner that has everything, shootdowns to holders only.
 */
final class LazyReplicas extends Replicas {
    /** Leaf tables that a question for holders looks at, before it answers: any node. */
    private static final int MOST_TABLES = 64;

    /** Whether a node ever lacked a frame: then processors may walk tables that their own node has no replica of. */
    private volatile boolean hasLacked;

    /** Entries of a leaf table that a fill copies. */
    private volatile int fillWindow = 1;
    /** The node whose replicas each node's processors walk, where new trees are as they mostly are: a hint for stores. */
    private volatile int[] servingNode;

    LazyReplicas(RingOps ring) {
        super(ring);
        servingNode = serving(ring.topology.allNodes());
    }

    void setFillWindow(int entries) {
        if (entries < 1 || entries > PhysicalMemory.WORDS || Integer.bitCount(entries) != 1) {
            throw new IllegalArgumentException("a fill copies a power of two of entries, not " + entries);
        }
        fillWindow = entries;
    }

    /** Takes the replicas on the nodes of a mask for those that processors walk. */
    void serveFrom(long mask) {
        servingNode = serving(mask);
    }

    private int[] serving(long mask) {
        int[] nodes = new int[ring.topology.nodes()];
        for (int node = 0; node < nodes.length; node++) {
            nodes[node] = (mask >>> node & 1) != 0 ? node : ring.topology.nearestNode(node, mask);
        }
        return nodes;
    }

    @Override
    long allocate(PageTable tree, TreePlacement placement, int level, int cpu, int node) {
        if (tree.root() != Frames.NO_FRAME) {
            return allocateHome(tree, level, cpu, Frames.nodeOf(tree.root()), ring.topology.allNodes());
        }
        long mask = placement.nodeMask();
        long home = allocateHome(tree, level, cpu, node, mask);
        long others = home == Frames.NO_FRAME ? 0 : mask & ~(1L << Frames.nodeOf(home));
        if (home == Frames.NO_FRAME || !allocateReplicas(tree, level, cpu, home, others)) {
            return Frames.NO_FRAME;
        }
        hasLacked |= (mask & ~ring.rings.nodeMask(home)) != 0;
        return home;
    }

    @Override
    void insert(long home, long replica) {
        ring.rings.insertLazily(home, replica);
    }

    @Override
    long childOf(long parent, long child) {
        return ring.rings.isPartial(parent) ? ring.rings.lookup(child, Frames.nodeOf(parent)) : ring.rings.home(child);
    }

    // ---- stores ----

    @Override
    void set(int cpu, int level, long table, int index, long entry) {
        boolean isPointer = Pte.isTable(entry, level);
        int members = 0;
        long member = table;
        do {
            if (!ring.rings.isPartial(member) || isStoredIn(member, index, entry, cpu)) {
                ring.single.set(cpu, level, member, index, isPointer ? pointerIn(member, entry) : entry);
                members++;
            }
            member = ring.rings.next(member);
        } while (member != table);
        ring.visited(cpu, ReplicationCounters.SETS, members, 1);
    }

    /** Says whether a partial member gets an entry: it has one there, or the processor that stores will walk it. */
    private boolean isStoredIn(long member, int index, long entry, int cpu) {
        return ring.memory.read(member, index) != Pte.NONE
                || entry != Pte.NONE && Frames.nodeOf(member) == servingNode[ring.topology.nodeOfCpu(cpu)];
    }

    private long pointerIn(long member, long entry) {
        long child = childOf(member, Pte.pfn(entry));
        return child == Frames.NO_FRAME ? Pte.NONE : Pte.withPfn(entry, child);
    }

    @Override
    void setLeaves(int cpu, int level, long table, int first, int count, long firstEntry, long step) {
        int members = 0;
        long member = table;
        do {
            if (ring.rings.isPartial(member)) {
                for (int i = 0; i < count; i++) {
                    setIfHeld(cpu, level, member, first + i, firstEntry + i * step);
                }
            } else {
                ring.single.setLeaves(cpu, level, member, first, count, firstEntry, step);
            }
            members++;
            member = ring.rings.next(member);
        } while (member != table);
        ring.visitedRange(cpu, ReplicationCounters.SETS, members, count, 1);
    }

    @Override
    void setLeaves(int cpu, int level, long table, int first, int count, long[] entries, int from) {
        int members = 0;
        long member = table;
        do {
            if (ring.rings.isPartial(member)) {
                for (int i = 0; i < count; i++) {
                    setIfHeld(cpu, level, member, first + i, entries[from + i]);
                }
            } else {
                ring.single.setLeaves(cpu, level, member, first, count, entries, from);
            }
            members++;
            member = ring.rings.next(member);
        } while (member != table);
        ring.visitedRange(cpu, ReplicationCounters.SETS, members, count, 1);
    }

    private void setIfHeld(int cpu, int level, long member, int index, long entry) {
        if (isStoredIn(member, index, entry, cpu)) {
            ring.single.set(cpu, level, member, index, entry);
        }
    }

    // ---- fills ----

    /** See {@link PageTableOps#fill}; {@code replica} is the root that the processor has loaded. */
    boolean fill(int cpu, PageTable tree, long replica, long va, TableLock locks) {
        boolean hasFilled = false;
        long home = tree.root();
        long member = replica;
        for (int level = tree.levels(); ring.rings.isPartial(member); level--) {
            int index = PagingLevel.index(va, level);
            long entry = ring.memory.read(home, index);
            if (!Pte.isPresent(entry)) {
                return hasFilled;
            }
            boolean isPointer = Pte.isTable(entry, level);
            long child = isPointer ? makeReplica(cpu, Pte.pfn(entry), Frames.nodeOf(member), locks) : Frames.NO_FRAME;
            hasFilled |= copy(cpu, level, home, member, index, child, locks);
            if (!isPointer) {
                prefetch(cpu, level, home, member, index, locks);
                return hasFilled;
            }
            home = Pte.pfn(entry);
            member = child;
        }
        return hasFilled;
    }

    /** The child's replica on a node, made empty if it is not there; the home itself when the node has no frame. */
    private long makeReplica(int cpu, long home, int node, TableLock locks) {
        locks.lock(home);
        try {
            long replica = ring.rings.lookup(home, node);
            if (replica != Frames.NO_FRAME) {
                return replica;
            }
            replica = ring.frames.takeTable(node);
            if (replica == Frames.NO_FRAME) {
                hasLacked = true;
                ring.counters.replicaLacking(node);
                return home;
            }
            ring.rings.insertLazily(home, replica);
            ring.meter.tableAllocated(cpu, node);
            return replica;
        } finally {
            locks.unlock(home);
        }
    }

    /** Copies an entry of the home that is still present, a pointer as one to {@code child}; says whether the member lacked it. */
    private boolean copy(int cpu, int level, long home, long member, int index, long child, TableLock locks) {
        locks.lock(home);
        try {
            long entry = ring.memory.read(home, index);
            if (!Pte.isPresent(entry)) {
                return false;
            }
            long word = child == Frames.NO_FRAME ? entry : Pte.withPfn(entry, child);
            long old = ring.memory.read(member, index);
            if (((old ^ word) & ~Pte.ACCESSED_DIRTY) == 0) {
                return false;
            }
            ring.meter.tableLoads(cpu, home, index, 1);
            ring.single.set(cpu, level, member, index, word);
            ring.visited(cpu, ReplicationCounters.SETS, 1, 1);
            return true;
        } finally {
            locks.unlock(home);
        }
    }

    /** Copies the leaves around one that was missed and that the member lacks: only those that are present, and no pages that are hidden. */
    private void prefetch(int cpu, int level, long home, long member, int index, TableLock locks) {
        int window = fillWindow;
        if (level != 1 || window == 1) {
            return;
        }
        int first = index & -window;
        int copied = 0;
        locks.lock(home);
        try {
            for (int i = first; i < first + window; i++) {
                long entry = ring.memory.read(home, i);
                if (Pte.isPresent(entry) && ring.memory.read(member, i) == Pte.NONE) {
                    ring.single.set(cpu, level, member, i, entry & ~Pte.ACCESSED_DIRTY);
                    copied++;
                }
            }
        } finally {
            locks.unlock(home);
        }
        ring.meter.tableLoads(cpu, home, first, window);
        ring.visited(cpu, ReplicationCounters.SETS, 1, copied);
    }

    // ---- flushes ----

    /** See {@link PageTableOps#holders}. */
    long holders(PageTable tree, long startVa, long endVa) {
        if (hasLacked || tree.root() == Frames.NO_FRAME) {
            return PageTableOps.ANY_NODE;
        }
        long span = PagingLevel.spanBytes(2);
        if ((endVa - startVa) / span >= MOST_TABLES) {
            return PageTableOps.ANY_NODE;
        }
        long mask = 1L << Frames.nodeOf(tree.root());
        for (long va = startVa & -span; va < endVa; va += span) {
            mask |= holdersOf(tree, va);
        }
        return mask;
    }

    /** The nodes that have the last table on the way to an address: an entry that is gone was there, or below. */
    private long holdersOf(PageTable tree, long va) {
        long table = tree.root();
        for (int level = tree.levels(); ; level--) {
            long entry = ring.memory.read(table, PagingLevel.index(va, level));
            if (level == 1 || !Pte.isTable(entry, level)) {
                return ring.rings.nodeMask(table);
            }
            table = Pte.pfn(entry);
        }
    }
}
