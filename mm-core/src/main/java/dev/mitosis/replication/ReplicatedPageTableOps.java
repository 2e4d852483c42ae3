package dev.mitosis.replication;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.hal.Topology;
import dev.mitosis.x86.FrameSource;
import dev.mitosis.x86.NativePageTableOps;
import dev.mitosis.x86.PageTable;
import dev.mitosis.x86.PageTableOps;
import dev.mitosis.x86.Pte;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The waist of a kernel with copies: each operation does its work on the table it was given, then around the ring.
 *
 * <p>Any member of a ring may stand for it as the {@code table} of an operation. What the kernel sees when it descends from
 * {@link PageTable#root} is the member on the root's node, at every level.
 *
 * <p>Errors: {@link #allocateTable} makes all the copies or none.
 *
 * <p>Cost: an operation loads one link more than the native one where there are no copies; with R copies it does R native
 * operations and R loads of links, whatever the length of the range.
 *
 * <p>Source: Mitosis (ASPLOS'20) §5.2–5.4; the update order is in this package's description.
 */
public final class ReplicatedPageTableOps extends PageTableOps {
    private final Topology topology;
    private final PhysicalMemory memory;
    private final FrameSource frames;
    private final KernelMeter meter;
    private final NativePageTableOps single;
    private final ReplicaRings rings;
    private final Map<Integer, TreePlacement> placements = new ConcurrentHashMap<>();
    private volatile TreePlacement placementOfNewTrees = TreePlacement.NONE;

    public ReplicatedPageTableOps(Topology topology, PhysicalMemory memory, FrameSource frames, KernelMeter meter) {
        this.topology = topology;
        this.memory = memory;
        this.frames = frames;
        this.meter = meter;
        this.single = new NativePageTableOps(memory, frames, meter);
        this.rings = new ReplicaRings(topology.nodes());
    }

    PhysicalMemory memory() {
        return memory;
    }

    public ReplicaRings rings() {
        return rings;
    }

    /** Where the copies of a tree are, {@link TreePlacement#NONE} for a tree without. */
    public TreePlacement placement(PageTable tree) {
        return placements.getOrDefault(tree.id(), TreePlacement.NONE);
    }

    /** What a tree shall have from its first table on; trees that have a root keep what they have. */
    public void setPlacementOfNewTrees(TreePlacement placement) {
        placementOfNewTrees = checked(placement);
    }

    public TreePlacement placementOfNewTrees() {
        return placementOfNewTrees;
    }

    /**
     * Says where the tables of a tree go from now on; a tree that has tables must be brought there as well
     * ({@link TreeReshaper}).
     */
    void setPlacement(PageTable tree, TreePlacement placement) {
        if (placement.equals(TreePlacement.NONE)) {
            placements.remove(tree.id());
        } else {
            placements.put(tree.id(), checked(placement));
        }
    }

    private TreePlacement checked(TreePlacement placement) {
        if ((placement.nodeMask() & ~topology.allNodes()) != 0) {
            throw new IllegalArgumentException("node mask 0x" + Long.toHexString(placement.nodeMask())
                    + " names nodes that the board of " + topology.nodes() + " nodes has not");
        }
        return placement;
    }

    // ---- tables ----

    @Override
    public long allocateTable(PageTable tree, int level, int cpu, int node) {
        boolean isFirst = tree.root() == Frames.NO_FRAME;
        if (isFirst && !placements.containsKey(tree.id())) {
            setPlacement(tree, placementOfNewTrees);
        }
        long mask = placement(tree).nodeMask();
        if (mask == 0) {
            return single.allocateTable(tree, level, cpu, node);
        }
        int homeNode = (mask >>> node & 1) != 0 ? node : topology.nearestNode(node, mask);
        long home = single.allocateTable(tree, level, cpu, homeNode);
        if (home == Frames.NO_FRAME) {
            return Frames.NO_FRAME;
        }
        for (long rest = mask & ~(1L << homeNode); rest != 0; rest &= rest - 1) {
            int copyNode = Long.numberOfTrailingZeros(rest);
            long copy = frames.takeTable(copyNode);
            if (copy == Frames.NO_FRAME) {
                freeTable(tree, level, cpu, home);
                return Frames.NO_FRAME;
            }
            rings.insert(home, copy);
            meter.tableAllocated(cpu, copyNode, false);
        }
        return isFirst ? home : copyOn(Frames.nodeOf(tree.root()), home);
    }

    @Override
    public void freeTable(PageTable tree, int level, int cpu, long table) {
        long copy = rings.next(table);
        while (copy != table) {
            long after = rings.next(copy);
            meter.tableFreed(cpu, Frames.nodeOf(copy));
            rings.forget(copy);
            frames.returnTable(copy);
            copy = after;
        }
        rings.forget(table);
        single.freeTable(tree, level, cpu, table);
        if (level == tree.levels()) {
            placements.remove(tree.id());
        }
    }

    @Override
    public long rootFor(PageTable tree, int node) {
        TreePlacement placement = placements.get(tree.id());
        long root = tree.root();
        if (placement == null || root == Frames.NO_FRAME) {
            return root;
        }
        int steered = placement.steeredNode(node);
        long mask = placement.nodeMask();
        return copyOn((mask >>> steered & 1) != 0 ? steered : topology.nearestNode(steered, mask), root);
    }

    /** The ring's member on a node, or {@code table} itself where the node has none. */
    private long copyOn(int node, long table) {
        long copy = rings.lookup(table, node);
        return copy == Frames.NO_FRAME ? table : copy;
    }

    // ---- entries ----

    @Override
    public long get(int cpu, long table, int index) {
        long entry = memory.read(table, index);
        if (entry == Pte.NONE) {
            return entry;
        }
        for (long copy = rings.next(table); copy != table; copy = rings.next(copy)) {
            entry |= memory.read(copy, index) & Pte.ACCESSED_DIRTY;
            meter.tableLoads(cpu, Frames.nodeOf(copy), 1, 1);
        }
        return entry;
    }

    @Override
    public long peek(long table, int index) {
        return memory.read(table, index);
    }

    @Override
    public void set(int cpu, int level, long table, int index, long entry) {
        if (!Pte.isTable(entry, level)) {
            single.set(cpu, level, table, index, entry);
            for (long copy = rings.next(table); copy != table; copy = rings.next(copy)) {
                single.set(cpu, level, copy, index, entry);
            }
            return;
        }
        // Both rings are in the order of nodes, so the search for the next child mostly ends where it starts.
        long child = Pte.pfn(entry);
        long copy = table;
        do {
            child = copyOn(Frames.nodeOf(copy), child);
            single.set(cpu, level, copy, index, Pte.withPfn(entry, child));
            child = rings.next(child);
            copy = rings.next(copy);
        } while (copy != table);
    }

    @Override
    public long getAndClear(int cpu, int level, long table, int index) {
        long entry = single.getAndClear(cpu, level, table, index);
        for (long copy = rings.next(table); copy != table; copy = rings.next(copy)) {
            entry |= single.getAndClear(cpu, level, copy, index) & Pte.ACCESSED_DIRTY;
        }
        return entry;
    }

    @Override
    public boolean testAndClearAccessed(int cpu, long table, int index) {
        boolean accessed = single.testAndClearAccessed(cpu, table, index);
        for (long copy = rings.next(table); copy != table; copy = rings.next(copy)) {
            meter.tableStores(cpu, Frames.nodeOf(copy), 1, 1);
            accessed |= single.testAndClearAccessed(cpu, copy, index);
        }
        return accessed;
    }

    // ---- ranges of one table ----

    @Override
    public void setLeaves(int cpu, int level, long table, int first, int count, long firstEntry, long step) {
        single.setLeaves(cpu, level, table, first, count, firstEntry, step);
        for (long copy = rings.next(table); copy != table; copy = rings.next(copy)) {
            single.setLeaves(cpu, level, copy, first, count, firstEntry, step);
        }
    }

    @Override
    public void setLeaves(int cpu, int level, long table, int first, int count, long[] entries, int from) {
        single.setLeaves(cpu, level, table, first, count, entries, from);
        for (long copy = rings.next(table); copy != table; copy = rings.next(copy)) {
            single.setLeaves(cpu, level, copy, first, count, entries, from);
        }
    }

    @Override
    public int modifyLeaves(int cpu, int level, long table, int first, int count, long clearBits, long setBits) {
        if (((clearBits | setBits) & Pte.ACCESSED_DIRTY) != 0 && rings.isLinked(table)) {
            return modifyAccessedDirty(cpu, level, table, first, count, clearBits, setBits);
        }
        // The copies differ in A and D only, so that each changes where the first does.
        int changed = single.modifyLeaves(cpu, level, table, first, count, clearBits, setBits);
        for (long copy = rings.next(table); copy != table; copy = rings.next(copy)) {
            single.modifyLeaves(cpu, level, copy, first, count, clearBits, setBits);
        }
        return changed;
    }

    /** Entry by entry: an entry counts as changed when any of its copies did. */
    private int modifyAccessedDirty(
            int cpu, int level, long table, int first, int count, long clearBits, long setBits) {
        int changed = 0;
        for (int i = first; i < first + count; i++) {
            int changedCopies = 0;
            long copy = table;
            do {
                changedCopies += single.modifyLeaves(cpu, level, copy, i, 1, clearBits, setBits);
                copy = rings.next(copy);
            } while (copy != table);
            changed += changedCopies == 0 ? 0 : 1;
        }
        return changed;
    }

    @Override
    public int getAndClearLeaves(int cpu, int level, long table, int first, int count, long[] old, int from) {
        int cleared = single.getAndClearLeaves(cpu, level, table, first, count, old, from);
        for (long copy = rings.next(table); copy != table; copy = rings.next(copy)) {
            for (int i = 0; i < count; i++) {
                // None in `old` was empty or a pointer to a table: both are so in every copy.
                if (old[from + i] != Pte.NONE) {
                    old[from + i] |= memory.getAndSet(copy, first + i, Pte.NONE) & Pte.ACCESSED_DIRTY;
                }
            }
            meter.tableStores(cpu, Frames.nodeOf(copy), cleared, NativePageTableOps.lines(first, count));
        }
        return cleared;
    }
}
