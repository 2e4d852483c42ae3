package dev.mitosis.replication.mechanism;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.hal.Topology;
import dev.mitosis.replication.ring.ReplicaRings;
import dev.mitosis.x86.Ept;
import dev.mitosis.x86.FrameSource;
import dev.mitosis.x86.NativePageTableOps;
import dev.mitosis.x86.PageTable;
import dev.mitosis.x86.PageTableOps;
import dev.mitosis.x86.Pte;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

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
    /**
     * What hardware sets in one copy and not in the others: A and D of a page-table entry, and of an extended one. What these bits are in
     * the other format all copies have alike, so that gathering them too changes nothing.
     */
    public static final long SET_BY_HARDWARE = Pte.ACCESSED_DIRTY | Ept.ACCESSED_DIRTY;

    private final Topology topology;
    private final PhysicalMemory memory;
    private final FrameSource frames;
    private final KernelMeter meter;
    private final NativePageTableOps single;
    private final ReplicaRings rings;
    private final Map<Integer, TreePlacement> placements = new ConcurrentHashMap<>();
    private final ReplicationCounters counters;
    private @Nullable ChildCounts children;
    /** The node whose copies each processor uses; empty while the topology says. */
    private volatile List<Integer> nodeOfCpu = List.of();

    private volatile TreePlacement placementOfNewTrees = TreePlacement.NONE;
    private volatile UpdateMode updates = UpdateMode.BATCHED;
    private volatile ReplicaAllocFailure fullNode = ReplicaAllocFailure.RECLAIM;

    public ReplicatedPageTableOps(Topology topology, PhysicalMemory memory, FrameSource frames, KernelMeter meter) {
        this.topology = topology;
        this.memory = memory;
        this.frames = frames;
        this.meter = meter;
        this.single = new NativePageTableOps(memory, frames, meter);
        this.rings = new ReplicaRings(topology.nodes());
        this.counters = new ReplicationCounters(topology.nodes(), memory.isConcurrent());
    }

    public PhysicalMemory memory() {
        return memory;
    }

    public ReplicaRings rings() {
        return rings;
    }

    /** What has been done to copies since boot. */
    public ReplicationCounters counters() {
        return counters;
    }

    /** How edits of many entries go around the rings; for boot, or while nothing edits. */
    public void setUpdates(UpdateMode mode) {
        updates = mode;
    }

    /** Keeps counts of children from now on; for boot, before the first table. */
    public ChildCounts countChildren() {
        ChildCounts counts = children != null ? children : new ChildCounts(memory, topology.nodes());
        children = counts;
        return counts;
    }

    @Nullable
    public ChildCounts children() {
        return children;
    }

    /** What is done when a node that shall have a copy has no frame. */
    public void setFullNode(ReplicaAllocFailure whatToDo) {
        fullNode = whatToDo;
    }

    public ReplicaAllocFailure fullNode() {
        return fullNode;
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
     * ({@link dev.mitosis.replication.reshape.TreeReshaper}).
     */
    public void setPlacement(PageTable tree, TreePlacement placement) {
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
        TreePlacement placement = placement(tree);
        long mask = placement.nodeMask();
        if (mask == 0) {
            long table = single.allocateTable(tree, level, cpu, node);
            if (children != null && table != Frames.NO_FRAME) {
                children.made(table, level);
            }
            return table;
        }
        boolean hasMaster = placement.hasMaster();
        long home = allocateHome(tree, level, cpu, node, hasMaster ? topology.allNodes() : mask);
        if (home == Frames.NO_FRAME) {
            return Frames.NO_FRAME;
        }
        for (long rest = hasMaster ? mask : mask & ~(1L << Frames.nodeOf(home)); rest != 0; rest &= rest - 1) {
            int copyNode = Long.numberOfTrailingZeros(rest);
            long copy = frames.takeTable(copyNode);
            if (copy == Frames.NO_FRAME) {
                if (fullNode == ReplicaAllocFailure.DEGRADE) {
                    counters.copyLacking(copyNode);
                    continue;
                }
                freeTable(tree, level, cpu, home);
                return Frames.NO_FRAME;
            }
            if (hasMaster && !rings.isLinked(home)) {
                rings.insertBesideMaster(home, copy);
            } else {
                rings.insert(home, copy);
            }
            meter.tableAllocated(cpu, copyNode);
        }
        return isFirst || hasMaster ? home : serving(Frames.nodeOf(tree.root()), home);
    }

    /** The first table of a ring: near a node, and where copies may be missing anywhere in the mask. */
    private long allocateHome(PageTable tree, int level, int cpu, int near, long mask) {
        int node = topology.nearestNode(near, mask);
        long home = single.allocateTable(tree, level, cpu, node);
        for (long rest = mask & ~(1L << node);
                home == Frames.NO_FRAME && rest != 0 && fullNode == ReplicaAllocFailure.DEGRADE; ) {
            node = topology.nearestNode(near, rest);
            home = single.allocateTable(tree, level, cpu, node);
            rest &= ~(1L << node);
        }
        return home;
    }

    @Override
    public long reclaimNodes(PageTable tree) {
        long mask = placement(tree).nodeMask();
        if (mask == 0) {
            return topology.allNodes();
        }
        return fullNode == ReplicaAllocFailure.FAIL ? 0 : mask;
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
        // While a tree changes its shape its rings have members that are about to go.
        return serving((mask >>> steered & 1) != 0 ? steered : topology.nearestNode(steered, mask), root);
    }

    @Override
    public long rootFor(PageTable tree, int cpu, int node) {
        List<Integer> assigned = nodeOfCpu;
        return rootFor(tree, cpu < assigned.size() ? assigned.get(cpu) : node);
    }

    /** Says whose copies each processor uses, whatever the topology says of it; an empty list ends that. */
    public void assign(List<Integer> nodes) {
        nodeOfCpu = List.copyOf(nodes);
    }

    /** The ring's member that a node's processors use: their own, or the nearest where they have none. */
    long serving(int node, long table) {
        if (!rings.isLinked(table)) {
            return table;
        }
        long copy = rings.lookup(table, node);
        return copy != Frames.NO_FRAME ? copy : rings.lookup(table, topology.nearestNode(node, rings.nodeMask(table)));
    }

    /** The child that a copy of its parent points to. */
    private long childOf(long parent, long child) {
        return rings.isMaster(parent) ? rings.home(child) : serving(Frames.nodeOf(parent), child);
    }

    // ---- entries ----

    @Override
    public long get(int cpu, long table, int index) {
        long entry = memory.read(table, index);
        if (entry == Pte.NONE || !rings.isLinked(table)) {
            meter.tableLoads(cpu, table, index, 1);
            return entry;
        }
        int copies = 0;
        long copy = table;
        do {
            entry |= memory.read(copy, index) & SET_BY_HARDWARE;
            meter.tableLoads(cpu, copy, index, 1);
            copies++;
            copy = rings.next(copy);
        } while (copy != table);
        visited(cpu, ReplicationCounters.GETS, copies, 1);
        return entry;
    }

    @Override
    public long peek(long table, int index) {
        return memory.read(table, index);
    }

    @Override
    public void set(int cpu, int level, long table, int index, long entry) {
        if (!rings.isLinked(table)) {
            if (children != null) {
                children.replaced(level, table, index, memory.read(table, index), entry);
            }
            // A table that had to do without copies still points to the child on its own node.
            boolean isTranslated = Pte.isTable(entry, level) && rings.isLinked(Pte.pfn(entry));
            long word = isTranslated ? Pte.withPfn(entry, childOf(table, Pte.pfn(entry))) : entry;
            single.set(cpu, level, table, index, word);
            return;
        }
        boolean isPointer = Pte.isTable(entry, level);
        // Both rings are in the order of nodes, so the search for the next child mostly ends where it starts.
        long child = Pte.pfn(entry);
        int copies = 0;
        long copy = table;
        do {
            if (isPointer) {
                child = childOf(copy, child);
            }
            single.set(cpu, level, copy, index, isPointer ? Pte.withPfn(entry, child) : entry);
            child = isPointer ? rings.next(child) : child;
            copies++;
            copy = rings.next(copy);
        } while (copy != table);
        visited(cpu, ReplicationCounters.SETS, copies, 1);
    }

    @Override
    public long getAndClear(int cpu, int level, long table, int index) {
        long entry = single.getAndClear(cpu, level, table, index);
        if (!rings.isLinked(table)) {
            if (children != null) {
                children.replaced(level, table, index, entry, Pte.NONE);
            }
            return entry;
        }
        int copies = 1;
        for (long copy = rings.next(table); copy != table; copy = rings.next(copy)) {
            entry |= single.getAndClear(cpu, level, copy, index) & SET_BY_HARDWARE;
            copies++;
        }
        visited(cpu, ReplicationCounters.CLEARS, copies, 1);
        return entry;
    }

    @Override
    public boolean testAndClearAccessed(int cpu, long table, int index) {
        boolean accessed = single.testAndClearAccessed(cpu, table, index);
        if (!rings.isLinked(table)) {
            return accessed;
        }
        int copies = 1;
        for (long copy = rings.next(table); copy != table; copy = rings.next(copy)) {
            accessed |= single.testAndClearAccessed(cpu, copy, index);
            copies++;
        }
        visited(cpu, ReplicationCounters.GETS, copies, 1);
        return accessed;
    }

    /** The counts of a table's children; null where nobody counts, and where there are copies and nothing is to be moved. */
    private @Nullable ChildCounts countsOf(long table) {
        return children != null && !rings.isLinked(table) ? children : null;
    }

    /** Counts an operation on entries of a ring: a link followed for each copy. */
    private void visited(int cpu, int operation, int copies, int entries) {
        meter.ringHops(cpu, copies);
        counters.add(cpu, operation, (long) copies * entries);
    }

    // ---- ranges of one table ----

    @Override
    public void setLeaves(int cpu, int level, long table, int first, int count, long firstEntry, long step) {
        ChildCounts counts = countsOf(table);
        for (int i = 0; counts != null && i < count; i++) {
            counts.replaced(level, table, first + i, memory.read(table, first + i), firstEntry + i * step);
        }
        int copies = 0;
        long copy = table;
        do {
            single.setLeaves(cpu, level, copy, first, count, firstEntry, step);
            copies++;
            copy = rings.next(copy);
        } while (copy != table);
        visitedRange(cpu, ReplicationCounters.SETS, copies, count, 1);
    }

    @Override
    public void setLeaves(int cpu, int level, long table, int first, int count, long[] entries, int from) {
        ChildCounts counts = countsOf(table);
        for (int i = 0; counts != null && i < count; i++) {
            counts.replaced(level, table, first + i, memory.read(table, first + i), entries[from + i]);
        }
        int copies = 0;
        long copy = table;
        do {
            single.setLeaves(cpu, level, copy, first, count, entries, from);
            copies++;
            copy = rings.next(copy);
        } while (copy != table);
        visitedRange(cpu, ReplicationCounters.SETS, copies, count, 1);
    }

    @Override
    public int modifyLeaves(int cpu, int level, long table, int first, int count, long clearBits, long setBits) {
        if (((clearBits | setBits) & Pte.ACCESSED_DIRTY) != 0 && rings.isLinked(table)) {
            return modifyAccessedDirty(cpu, level, table, first, count, clearBits, setBits);
        }
        boolean isEach = updates == UpdateMode.ENTRY_BY_ENTRY;
        // The copies differ in A and D only, so that each changes where the first does.
        int changed = 0;
        int copies = 0;
        long copy = table;
        do {
            int changedHere = single.modifyLeaves(cpu, level, copy, first, count, clearBits, setBits);
            changed = copies == 0 ? changedHere : changed;
            if (isEach) {
                // ptep_modify_prot_start reads and exchanges each entry, ptep_modify_prot_commit stores it.
                meter.tableLoads(cpu, copy, first, count);
                meter.tableStores(cpu, copy, first, changed);
            }
            copies++;
            copy = rings.next(copy);
        } while (copy != table);
        visitedRange(cpu, ReplicationCounters.SETS, copies, changed, 3);
        return changed;
    }

    /** Entry by entry: an entry counts as changed when any of its copies did. */
    private int modifyAccessedDirty(
            int cpu, int level, long table, int first, int count, long clearBits, long setBits) {
        int changed = 0;
        for (int i = first; i < first + count; i++) {
            int changedCopies = 0;
            int copies = 0;
            long copy = table;
            do {
                changedCopies += single.modifyLeaves(cpu, level, copy, i, 1, clearBits, setBits);
                copies++;
                copy = rings.next(copy);
            } while (copy != table);
            visited(cpu, ReplicationCounters.SETS, copies, 1);
            changed += changedCopies == 0 ? 0 : 1;
        }
        return changed;
    }

    @Override
    public int getAndClearLeaves(int cpu, int level, long table, int first, int count, long[] old, int from) {
        boolean isEach = updates == UpdateMode.ENTRY_BY_ENTRY;
        int cleared = single.getAndClearLeaves(cpu, level, table, first, count, old, from);
        ChildCounts counts = countsOf(table);
        for (int i = 0; counts != null && i < count; i++) {
            counts.replaced(level, table, first + i, old[from + i], Pte.NONE);
        }
        int copies = 1;
        for (long copy = rings.next(table); copy != table; copy = rings.next(copy)) {
            for (int i = 0; i < count; i++) {
                // None in `old` was empty or a pointer to a table: both are so in every copy.
                if (old[from + i] != Pte.NONE) {
                    old[from + i] |= memory.getAndSet(copy, first + i, Pte.NONE) & SET_BY_HARDWARE;
                }
            }
            meter.tableExchanges(cpu, copy, first, count, cleared);
            if (isEach) {
                meter.tableLoads(cpu, copy, first, cleared);
            }
            copies++;
        }
        visitedRange(cpu, ReplicationCounters.CLEARS, copies, cleared, 2);
        return cleared;
    }

    /**
     * Counts an operation on a range of a ring.
     *
     * @param visits how often single operations would go around the ring for an entry
     */
    private void visitedRange(int cpu, int operation, int copies, int entries, int visits) {
        if (copies > 1) {
            long hops = updates == UpdateMode.ENTRY_BY_ENTRY ? (long) copies * entries * visits : copies;
            meter.ringHops(cpu, hops);
            counters.add(cpu, operation, (long) copies * entries);
        }
    }
}
