package dev.mitosis.kvm;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.x86.Ept;
import dev.mitosis.x86.PageTable;
import java.util.ArrayList;
import java.util.List;

/**
 * Moves extended tables one by one to where most of their children are.
 *
 * <p>The locality invariant: a table is on the node that most of the frames it points to are on. A pass goes from the leaf tables up, so
 * that a parent sees where its children have gone. A table whose node has as many of its children as any other stays.
 *
 * <p>The order keeps walkers safe: the new table is a copy before its parent names it, and the old ones are freed after every vCPU has
 * loaded its root again and forgotten the way through them; A and D bits that hardware set there meanwhile are gathered.
 *
 * <p>Errors: a node without a frame leaves the table where it is.
 *
 * <p>Cost: a pass reads every word of the tree; one copy of 4 KiB a table moved.
 *
 * <p>Source: vMitosis (ASPLOS'21) §3.2, §3.3: piggy-backed on the hypervisor's NUMA balancing.
 */
final class EptMigrator {
    private final PageTable tree;
    private final PhysicalMemory memory;
    private final FrameAllocator frames;
    private final Runnable reload;
    private final long nodeMask;
    private final List<Moved> moved = new ArrayList<>();

    private record Moved(long from, long to) {}

    /** @param nodeMask the nodes that tables may move to */
    EptMigrator(PageTable tree, PhysicalMemory memory, FrameAllocator frames, long nodeMask, Runnable reload) {
        this.tree = tree;
        this.memory = memory;
        this.frames = frames;
        this.nodeMask = nodeMask;
        this.reload = reload;
    }

    /** One pass over a tree that is not replicated; returns how many tables moved. */
    int migrate() {
        moved.clear();
        tree.setRoot(migrate(tree.root(), tree.levels()));
        if (!moved.isEmpty()) {
            reload.run();
            moved.forEach(this::free);
        }
        return moved.size();
    }

    /** Moves what is below a table, then the table itself; returns where it is now. */
    private long migrate(long table, int level) {
        int[] children = new int[Long.SIZE];
        for (int i = 0; i < PhysicalMemory.WORDS; i++) {
            long entry = memory.read(table, i);
            if (Ept.isTable(entry, level)) {
                long child = Ept.pfn(entry);
                long now = migrate(child, level - 1);
                if (now != child) {
                    repoint(table, i, now);
                }
                children[Frames.nodeOf(now)]++;
            } else if (Ept.isPresent(entry)) {
                children[Frames.nodeOf(Ept.pfn(entry))]++;
            }
        }
        int best = Frames.nodeOf(table);
        for (long rest = nodeMask; rest != 0; rest &= rest - 1) {
            int node = Long.numberOfTrailingZeros(rest);
            best = children[node] > children[best] ? node : best;
        }
        return best == Frames.nodeOf(table) ? table : move(table, best);
    }

    private long move(long table, int node) {
        long fresh = frames.takeTable(node);
        if (fresh == Frames.NO_FRAME) {
            return table;
        }
        memory.copy(table, fresh);
        moved.add(new Moved(table, fresh));
        return fresh;
    }

    private void repoint(long parent, int index, long child) {
        while (true) {
            // A walker may set A between the load and the store.
            long entry = memory.read(parent, index);
            if (memory.compareAndSet(parent, index, entry, Ept.withPfn(entry, child))) {
                return;
            }
        }
    }

    private void free(Moved table) {
        for (int i = 0; i < PhysicalMemory.WORDS; i++) {
            long bits = memory.read(table.from, i) & Ept.ACCESSED_DIRTY;
            if (bits != 0 && (memory.read(table.to, i) & bits) != bits) {
                memory.getAndOr(table.to, i, bits);
            }
        }
        frames.returnTable(table.from);
    }
}
