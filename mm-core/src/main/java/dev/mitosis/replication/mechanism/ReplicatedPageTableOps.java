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
import dev.mitosis.x86.TableLock;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The waist of a kernel with replicas: it knows the placement of each tree, and dispatches each operation.
 *
 * <pre>
 *   a table without replicas ─► NativePageTableOps, and ChildCounts where tables are to follow their children
 *   a ring ──┬── reads, changes of bits, taking away ─► RingOps
 *            └── new tables and stores ───────────────► EagerReplicas, MasterReplicas or LazyReplicas
 * </pre>
 *
 * <p>Any member of an eager ring may stand for it as the {@code table} of an operation; of a lazy ring the home must. What the kernel
 * sees when it descends from {@link PageTable#root} is the member on the root's node, at every level.
 *
 * <p>Errors: {@link #allocateTable} makes all the replicas or none.
 *
 * <p>Cost: without replicas an operation loads one link more than the native one.
 *
 * <p>Source: Mitosis (ASPLOS'20) §5.2–5.4; the update order is in the description of {@code dev.mitosis.replication}.
 */
public final class ReplicatedPageTableOps extends PageTableOps {
    /**
     * What hardware sets in one replica and not in the others: A and D of a page-table entry, and of an extended one. Where these bits mean
     * something else in a format, all replicas have them alike, so gathering them changes nothing.
     */
    public static final long SET_BY_HARDWARE = Pte.ACCESSED_DIRTY | Ept.ACCESSED_DIRTY;

    private final Topology topology;
    private final PhysicalMemory memory;
    private final KernelMeter meter;
    private final NativePageTableOps single;
    private final ReplicaRings rings;
    private final RingOps ring;
    private final EagerReplicas eager;
    private final MasterReplicas master;
    private final LazyReplicas lazy;
    private final Map<Integer, TreePlacement> placements = new ConcurrentHashMap<>();
    private final ReplicationCounters counters;
    private @Nullable ChildCounts children;
    /** The node whose replicas each processor uses; empty while the topology says. */
    private volatile List<Integer> nodeOfCpu = List.of();

    private volatile TableNodes tableNodes = TableNodes.BY_MEMPOLICY;
    private volatile TreePlacement placementOfNewTrees = TreePlacement.NONE;
    /** Whether any tree ever had a master: only then are masters looked for. */
    private volatile boolean hasMasters;

    public ReplicatedPageTableOps(Topology topology, PhysicalMemory memory, FrameSource frames, KernelMeter meter) {
        this.topology = topology;
        this.memory = memory;
        this.meter = meter;
        this.counters = new ReplicationCounters(topology.nodes(), memory.isConcurrent());
        this.ring = new RingOps(topology, memory, frames, meter, counters);
        this.single = ring.single;
        this.rings = ring.rings;
        this.eager = new EagerReplicas(ring);
        this.master = new MasterReplicas(ring);
        this.lazy = new LazyReplicas(ring);
    }

    public PhysicalMemory memory() {
        return memory;
    }

    public ReplicaRings rings() {
        return rings;
    }

    /** What has been done to replicas since boot. */
    public ReplicationCounters counters() {
        return counters;
    }

    /** How edits of many entries go around the rings; for boot, or while nothing edits. */
    public void setUpdates(UpdateMode mode) {
        ring.setUpdates(mode);
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

    /** What is done when a node that shall have a replica has no frame. */
    public void setFullNode(ReplicaAllocFailure whatToDo) {
        ring.setFullNode(whatToDo);
    }

    public ReplicaAllocFailure fullNode() {
        return ring.fullNode();
    }

    /** Where the replicas of a tree are, {@link TreePlacement#NONE} for a tree without. */
    public TreePlacement placement(PageTable tree) {
        return placements.getOrDefault(tree.id(), TreePlacement.NONE);
    }

    /** What a tree shall have from its first table on; trees that have a root keep what they have. */
    public void setPlacementOfNewTrees(TreePlacement placement) {
        placementOfNewTrees = checked(placement);
        if (placement.kind() == TreePlacement.Kind.LAZY) {
            lazy.serveFrom(placement.nodeMask());
        }
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
        hasMasters |= placement.kind() == TreePlacement.Kind.MASTER;
        return placement;
    }

    /** Says where new tables go first. */
    public void setTableNodes(TableNodes rule) {
        tableNodes = rule;
    }

    /** How many entries of a leaf table a fill of a lazy replica copies: a power of two up to a whole table. */
    public void setFillWindow(int entries) {
        lazy.setFillWindow(entries);
    }

    // ---- tables ----

    @Override
    public int firstNode(int level, int cpu, int node) {
        return tableNodes.node(level, cpu, node);
    }

    @Override
    public long allocateTable(PageTable tree, int level, int cpu, int node) {
        boolean isFirst = tree.root() == Frames.NO_FRAME;
        if (isFirst && !placements.containsKey(tree.id())) {
            setPlacement(tree, placementOfNewTrees);
        }
        TreePlacement placement = placement(tree);
        if (placement.nodeMask() != 0) {
            return of(placement.kind()).allocate(tree, placement, level, cpu, node);
        }
        long table = single.allocateTable(tree, level, cpu, node);
        if (children != null && table != Frames.NO_FRAME) {
            children.made(table, level);
        }
        return table;
    }

    private Replicas of(TreePlacement.Kind kind) {
        return switch (kind) {
            case EAGER -> eager;
            case MASTER -> master;
            case LAZY -> lazy;
        };
    }

    /** The way in which a ring is kept. */
    private Replicas of(long table) {
        return rings.isLazy(table) ? lazy : hasMasters ? master : eager;
    }

    @Override
    public long reclaimNodes(PageTable tree) {
        long mask = placement(tree).nodeMask();
        if (mask == 0) {
            return topology.allNodes();
        }
        return ring.fullNode() == ReplicaAllocFailure.FAIL ? 0 : mask;
    }

    @Override
    public void freeTable(PageTable tree, int level, int cpu, long table) {
        ring.freeOthers(cpu, table);
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
        return ring.serving((mask >>> steered & 1) != 0 ? steered : topology.nearestNode(steered, mask), root);
    }

    @Override
    public long rootFor(PageTable tree, int cpu, int node) {
        List<Integer> assigned = nodeOfCpu;
        return rootFor(tree, cpu < assigned.size() ? assigned.get(cpu) : node);
    }

    /** Says whose replicas each processor uses, whatever the topology says of it; an empty list ends that. */
    public void assign(List<Integer> nodes) {
        nodeOfCpu = List.copyOf(nodes);
    }

    /** The member of a child's ring that a table's entry shall point to, {@link Frames#NO_FRAME} for an absent one. */
    long childOf(long parent, long child) {
        return of(parent).childOf(parent, child);
    }

    @Override
    public boolean fill(int cpu, PageTable tree, long va, TableLock locks) {
        if (placement(tree).kind() != TreePlacement.Kind.LAZY) {
            return false;
        }
        return lazy.fill(cpu, tree, rootFor(tree, cpu, topology.nodeOfCpu(cpu)), va, locks);
    }

    @Override
    public long holders(PageTable tree, long startVa, long endVa) {
        return placement(tree).kind() == TreePlacement.Kind.LAZY ? lazy.holders(tree, startVa, endVa) : ANY_NODE;
    }

    // ---- entries ----

    @Override
    public long get(int cpu, long table, int index) {
        long entry = memory.read(table, index);
        if (entry == Pte.NONE || !rings.isLinked(table)) {
            meter.tableLoads(cpu, table, index, 1);
            return entry;
        }
        return ring.get(cpu, table, index);
    }

    @Override
    public long peek(long table, int index) {
        return memory.read(table, index);
    }

    @Override
    public void set(int cpu, int level, long table, int index, long entry) {
        if (rings.isLinked(table)) {
            of(table).set(cpu, level, table, index, entry);
            return;
        }
        if (children != null) {
            children.replaced(level, table, index, memory.read(table, index), entry);
        }
        // A table that had to do without replicas still points to the child on its own node.
        boolean isTranslated = Pte.isTable(entry, level) && rings.isLinked(Pte.pfn(entry));
        long word = isTranslated ? Pte.withPfn(entry, of(Pte.pfn(entry)).childOf(table, Pte.pfn(entry))) : entry;
        single.set(cpu, level, table, index, word);
    }

    @Override
    public long getAndClear(int cpu, int level, long table, int index) {
        if (rings.isLinked(table)) {
            return ring.getAndClear(cpu, level, table, index);
        }
        long entry = single.getAndClear(cpu, level, table, index);
        if (children != null) {
            children.replaced(level, table, index, entry, Pte.NONE);
        }
        return entry;
    }

    @Override
    public boolean testAndClearAccessed(int cpu, long table, int index) {
        return rings.isLinked(table)
                ? ring.testAndClearAccessed(cpu, table, index)
                : single.testAndClearAccessed(cpu, table, index);
    }

    /** The counts of a table's children; null where nobody counts, and where there are replicas and nothing is to be moved. */
    private @Nullable ChildCounts countsOf(long table) {
        return children != null && !rings.isLinked(table) ? children : null;
    }

    // ---- ranges of one table ----

    @Override
    public void setLeaves(int cpu, int level, long table, int first, int count, long firstEntry, long step) {
        ChildCounts counts = countsOf(table);
        for (int i = 0; counts != null && i < count; i++) {
            counts.replaced(level, table, first + i, memory.read(table, first + i), firstEntry + i * step);
        }
        of(table).setLeaves(cpu, level, table, first, count, firstEntry, step);
    }

    @Override
    public void setLeaves(int cpu, int level, long table, int first, int count, long[] entries, int from) {
        ChildCounts counts = countsOf(table);
        for (int i = 0; counts != null && i < count; i++) {
            counts.replaced(level, table, first + i, memory.read(table, first + i), entries[from + i]);
        }
        of(table).setLeaves(cpu, level, table, first, count, entries, from);
    }

    @Override
    public int modifyLeaves(int cpu, int level, long table, int first, int count, long clearBits, long setBits) {
        return ring.modifyLeaves(cpu, level, table, first, count, clearBits, setBits);
    }

    @Override
    public int getAndClearLeaves(int cpu, int level, long table, int first, int count, long[] old, int from) {
        int cleared = single.getAndClearLeaves(cpu, level, table, first, count, old, from);
        ChildCounts counts = countsOf(table);
        for (int i = 0; counts != null && i < count; i++) {
            counts.replaced(level, table, first + i, old[from + i], Pte.NONE);
        }
        ring.clearLeavesOfOthers(cpu, table, first, count, cleared, old, from);
        return cleared;
    }
}
