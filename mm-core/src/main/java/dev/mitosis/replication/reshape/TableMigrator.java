package dev.mitosis.replication.reshape;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.replication.mechanism.ChildCounts;
import dev.mitosis.replication.mechanism.ReplicatedPageTableOps;
import dev.mitosis.x86.PageTable;
import dev.mitosis.x86.PageTableOps;
import dev.mitosis.x86.Pte;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Moves single tables to the node where most of their children are, from the leaves up: the locality invariant.
 *
 * <p>{@link ChildCounts} queues tables as they become misplaced, so that a turn looks at nothing else. A leaf table that moves
 * changes the count of its parent, which may follow in the same turn.
 *
 * <p>The order keeps walkers safe: the new table is a copy before the parent's entry names it; the old one is freed after every
 * processor has loaded its root again and forgotten the way through it, and after the A and D bits that hardware set there
 * meanwhile were gathered.
 *
 * <p>Errors: a node without a frame leaves the table where it is, and in the queue.
 *
 * <p>Cost: one copy of 4 KiB a table moved, one reload of the roots a turn.
 *
 * <p>Source: vMitosis (ASPLOS'21) §3.2.
 */
public final class TableMigrator {
    private final Kernel kernel;
    private final ReplicatedPageTableOps ops;
    private final ChildCounts counts;
    private final FrameAllocator frames;
    private final PhysicalMemory memory;
    private final KernelMeter meter;

    private record Moved(long from, long to) {}

    public TableMigrator(Kernel kernel, ReplicatedPageTableOps ops, ChildCounts counts) {
        this.kernel = kernel;
        this.ops = ops;
        this.counts = counts;
        this.frames = kernel.context().frames();
        this.memory = kernel.context().board().memory();
        this.meter = kernel.context().meter();
    }

    /** One turn in which tables may move to any node; returns how many moved. */
    public int migrateMisplaced(MmStruct mm) {
        return migrateMisplaced(mm, PageTableOps.ANY_NODE);
    }

    /**
     * One turn: moves the misplaced tables of an address space; one with replicas has none.
     *
     * @param nodeMask the nodes that tables may move to
     * @return how many tables moved
     */
    public int migrateMisplaced(MmStruct mm, long nodeMask) {
        return migrate(mm, nodeMask, mm.pageTable().levels());
    }

    /** The same for leaf tables only; tables above them stay. */
    public int migrateMisplacedLeaves(MmStruct mm) {
        return migrate(mm, PageTableOps.ANY_NODE, 1);
    }

    private int migrate(MmStruct mm, long nodeMask, int highestLevel) {
        if (counts.queued() == 0) {
            return 0;
        }
        int[] moved = new int[1];
        kernel.withWriteLock(mm, () -> moved[0] = migrateLocked(mm, nodeMask, highestLevel));
        return moved[0];
    }

    private int migrateLocked(MmStruct mm, long nodeMask, int highestLevel) {
        return mm.pageTable().root() == Frames.NO_FRAME ? 0 : new Turn(mm, nodeMask, highestLevel).run();
    }

    /** The root above a table; {@link Frames#NO_FRAME} when the way up is broken, because the table was freed. */
    private long rootOf(long table) {
        long at = table;
        for (long parent = counts.parent(at); parent != Frames.NO_FRAME; parent = counts.parent(at)) {
            long entry = memory.read(parent, counts.indexInParent(at));
            if (!Pte.isTable(entry, counts.level(parent)) || Pte.pfn(entry) != at) {
                return Frames.NO_FRAME;
            }
            at = parent;
        }
        return at;
    }

    /** One turn for one address space. */
    private final class Turn {
        private final MmStruct mm;
        private final long nodeMask;
        private final int highestLevel;
        private final PageTable tree;
        private final @Nullable PageTable user;
        private final int cpu;
        private final List<List<Long>> misplaced = new ArrayList<>();
        private final List<Moved> moved = new ArrayList<>();
        private final List<Long> later = new ArrayList<>();

        Turn(MmStruct mm, long nodeMask, int highestLevel) {
            this.mm = mm;
            this.nodeMask = nodeMask;
            this.highestLevel = highestLevel;
            this.tree = mm.pageTable();
            this.user = mm.userTable();
            this.cpu = Math.max(0, mm.cpus().nextSetBit(0));
        }

        int run() {
            takeQueueApart();
            if (ops.placement(tree).nodeMask() == 0) {
                for (int level = 1; level <= highestLevel; level++) {
                    for (long table : misplaced.get(level)) {
                        move(table, level);
                    }
                }
            }
            if (!moved.isEmpty()) {
                kernel.reloadRoots(mm);
                moved.forEach(this::free);
            }
            // Tables that this turn may not move are misplaced still.
            misplaced.stream().skip(highestLevel + 1L).forEach(later::addAll);
            later.forEach(counts::queue);
            return moved.size();
        }

        /** The tree's own tables by level; those of other trees go to {@code later}. */
        private void takeQueueApart() {
            for (int level = 0; level <= tree.levels(); level++) {
                misplaced.add(new ArrayList<>());
            }
            for (long table = counts.unqueue(); table != Frames.NO_FRAME; table = counts.unqueue()) {
                long root = rootOf(table);
                if (root == tree.root()) {
                    misplaced.get(counts.level(table)).add(table);
                } else if (root != Frames.NO_FRAME && (user == null || root != user.root())) {
                    // The root of user mode stays where it is: it is one page, and read from the walk caches.
                    later.add(table);
                }
            }
        }

        private void move(long table, int level) {
            int node = counts.betterNode(table);
            if (node < 0 || (nodeMask >>> node & 1) == 0 || rootOf(table) != tree.root()) {
                // The queue can name a table twice, and it has moved by now.
                return;
            }
            long fresh = frames.takeTable(node);
            if (fresh == Frames.NO_FRAME) {
                kernel.context().events().nodePressure(node);
                later.add(table);
                return;
            }
            memory.copy(table, fresh);
            meter.tableAllocated(cpu, node);
            meter.tableCopied(cpu, table, fresh);
            counts.moved(table, fresh, level);
            moved.add(new Moved(table, fresh));
            ops.counters().tableMigrated(level);
            if (level == tree.levels()) {
                tree.setRoot(fresh);
                return;
            }
            long parent = counts.parent(table);
            int index = counts.indexInParent(table);
            repoint(parent, index, fresh);
            if (user != null && parent == tree.root()) {
                repoint(user.root(), index, fresh);
            }
            if (counts.recount(parent, Frames.nodeOf(table), node)) {
                misplaced.get(level + 1).add(parent);
            }
        }

        private void repoint(long parent, int index, long child) {
            while (true) {
                // A walker may set A between the load and the store.
                long entry = memory.read(parent, index);
                if (memory.compareAndSet(parent, index, entry, Pte.withPfn(entry, child))) {
                    meter.tableStores(cpu, parent, index, 1);
                    return;
                }
            }
        }

        private void free(Moved table) {
            for (int i = 0; i < PhysicalMemory.WORDS; i++) {
                long bits = memory.read(table.from, i) & Pte.ACCESSED_DIRTY;
                if (bits != 0 && (memory.read(table.to, i) & bits) != bits) {
                    memory.getAndOr(table.to, i, bits);
                }
            }
            meter.tableLoads(cpu, table.from, 0, PhysicalMemory.WORDS);
            meter.tableFreed(cpu, Frames.nodeOf(table.from));
            frames.returnTable(table.from);
        }
    }
}
