package dev.mitosis.replication.mechanism;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import java.lang.invoke.VarHandle;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * For each table without replicas, how many of its children lie on each node, and where the entry is that points to it.
 *
 * <p>A child of a leaf table is a data page, a child of another table is a table or a huge page. The counts are kept on every
 * write, so that whether a table stands where most of its children are is known without a scan; a table that no longer does is
 * put in a queue at once.
 *
 * <p>Shape: by slot of the table, in chunks of 1,024; two bytes a node and 8 bytes a table.
 *
 * <p>Concurrency: a table's counts change under its lock, as its entries do.
 *
 * <p>Source: vMitosis (ASPLOS'21) §3.2.1.
 */
public final class ChildCounts {
    private static final int CHUNK_SHIFT = 10;
    private static final int CHUNK_MASK = (1 << CHUNK_SHIFT) - 1;
    private static final int NO_PARENT = -1;
    private static final byte QUEUED = 1;
    /** A table follows when the winner leads by an eighth of the children: so it does not go back and forth. */
    private static final int LEAD_SHARE = 8;

    private final PhysicalMemory memory;
    private final int nodes;
    private final @Nullable Chunk[] chunks;
    private final Queue<Long> misplaced = new ConcurrentLinkedQueue<>();

    private static final class Chunk {
        final short[] counts;
        final int[] parent = new int[1 << CHUNK_SHIFT];
        final short[] index = new short[1 << CHUNK_SHIFT];
        final byte[] level = new byte[1 << CHUNK_SHIFT];
        final byte[] state = new byte[1 << CHUNK_SHIFT];

        Chunk(int nodes) {
            counts = new short[nodes << CHUNK_SHIFT];
        }
    }

    ChildCounts(PhysicalMemory memory, int nodes) {
        this.memory = memory;
        this.nodes = nodes;
        this.chunks = new Chunk[nodes << (Frames.TABLE_ZONE_SHIFT - CHUNK_SHIFT)];
    }

    // ---- kept by the waist ----

    /** A table was made, empty. */
    void made(long table, int level) {
        Chunk chunk = chunkOf(table);
        int at = at(table);
        for (int node = 0; node < nodes; node++) {
            chunk.counts[at * nodes + node] = 0;
        }
        chunk.parent[at] = NO_PARENT;
        chunk.level[at] = (byte) level;
        chunk.state[at] = 0;
    }

    /** An entry of a table was replaced. */
    void replaced(int level, long table, int index, long old, long entry) {
        int from = childNode(old, level);
        int to = childNode(entry, level);
        if (Pte.isTable(entry, level)) {
            Chunk child = chunkOf(Pte.pfn(entry));
            child.parent[at(Pte.pfn(entry))] = Frames.tableSlot(table);
            child.index[at(Pte.pfn(entry))] = (short) index;
        }
        if (from == to) {
            return;
        }
        Chunk chunk = chunkOf(table);
        int row = at(table) * nodes;
        if (from >= 0) {
            chunk.counts[row + from]--;
        }
        if (to >= 0) {
            chunk.counts[row + to]++;
        }
        if (chunk.state[at(table)] != QUEUED && betterNode(table) >= 0) {
            queue(table);
        }
    }

    /** Counts a table and all beneath it anew. */
    public void rebuild(long table, int level) {
        made(table, level);
        for (int i = 0; i < PagingLevel.ENTRIES; i++) {
            long entry = memory.read(table, i);
            if (Pte.isTable(entry, level)) {
                rebuild(Pte.pfn(entry), level - 1);
            }
            replaced(level, table, i, Pte.NONE, entry);
        }
    }

    /** The node of what an entry leads to; -1 for nothing, for a page in swap, and for the zero page, which is everybody's. */
    private static int childNode(long entry, int level) {
        boolean leads = Pte.isTable(entry, level) || (Pte.isLeaf(entry, level) && !Pte.isSpecial(entry));
        return leads ? Frames.nodeOf(Pte.pfn(entry)) : -1;
    }

    // ---- asked by the migrator ----

    int nodes() {
        return nodes;
    }

    int count(long table, int node) {
        return chunkOf(table).counts[at(table) * nodes + node];
    }

    public int level(long table) {
        return chunkOf(table).level[at(table)];
    }

    /** The table that points to a table, {@link Frames#NO_FRAME} for a root. */
    public long parent(long table) {
        int slot = chunkOf(table).parent[at(table)];
        return slot == NO_PARENT ? Frames.NO_FRAME : Frames.pfnOfTableSlot(slot);
    }

    public int indexInParent(long table) {
        return chunkOf(table).index[at(table)];
    }

    /** The node that a table should move to: most of its children are there, and clearly more than where it stands; or -1. */
    public int betterNode(long table) {
        Chunk chunk = chunkOf(table);
        int row = at(table) * nodes;
        int best = 0;
        int all = 0;
        for (int node = 0; node < nodes; node++) {
            int count = chunk.counts[row + node];
            all += count;
            best = count > chunk.counts[row + best] ? node : best;
        }
        int here = chunk.counts[row + Frames.nodeOf(table)];
        int there = chunk.counts[row + best];
        boolean isBetter = best != Frames.nodeOf(table) && 2 * there > all && (there - here) * LEAD_SHARE >= all;
        return isBetter ? best : -1;
    }

    /** Puts a table in the queue of those that are to be looked at. */
    public void queue(long table) {
        chunkOf(table).state[at(table)] = QUEUED;
        misplaced.add(table);
    }

    /** Takes a table out of the queue; {@link Frames#NO_FRAME} when there is none. */
    public long unqueue() {
        Long table = misplaced.poll();
        if (table == null) {
            return Frames.NO_FRAME;
        }
        chunkOf(table).state[at(table)] = 0;
        return table;
    }

    public int queued() {
        return misplaced.size();
    }

    /** A child of a table moved; true when the table is misplaced now and was not in the queue. */
    public boolean recount(long table, int fromNode, int toNode) {
        Chunk chunk = chunkOf(table);
        int row = at(table) * nodes;
        boolean wasBetter = betterNode(table) >= 0;
        chunk.counts[row + fromNode]--;
        chunk.counts[row + toNode]++;
        return !wasBetter && betterNode(table) >= 0;
    }

    /** Gives a table the counts and the parent of another with the same entries, and tells its children. */
    public void moved(long from, long to, int level) {
        Chunk source = chunkOf(from);
        Chunk target = chunkOf(to);
        for (int node = 0; node < nodes; node++) {
            target.counts[at(to) * nodes + node] = source.counts[at(from) * nodes + node];
        }
        target.parent[at(to)] = source.parent[at(from)];
        target.index[at(to)] = source.index[at(from)];
        target.level[at(to)] = source.level[at(from)];
        target.state[at(to)] = 0;
        for (int i = 0; level > 1 && i < PagingLevel.ENTRIES; i++) {
            long entry = memory.read(to, i);
            if (Pte.isTable(entry, level)) {
                chunkOf(Pte.pfn(entry)).parent[at(Pte.pfn(entry))] = Frames.tableSlot(to);
            }
        }
    }

    private Chunk chunkOf(long table) {
        int number = Frames.tableSlot(table) >>> CHUNK_SHIFT;
        Chunk chunk = chunks[number];
        return chunk != null ? chunk : back(number);
    }

    private static int at(long table) {
        return Frames.tableSlot(table) & CHUNK_MASK;
    }

    private synchronized Chunk back(int number) {
        Chunk chunk = chunks[number];
        if (chunk == null) {
            chunk = new Chunk(nodes);
            VarHandle.releaseFence();
            chunks[number] = chunk;
        }
        return chunk;
    }
}
