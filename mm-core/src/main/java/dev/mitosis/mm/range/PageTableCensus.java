package dev.mitosis.mm.range;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.context.Context;
import dev.mitosis.x86.PageTable;
import dev.mitosis.x86.Pte;

/**
 * Where the page tables are that the processors of one node walk: tables by level and node, and leaf entries by node.
 *
 * <p>Shape: {@code tables[level][node]}; a leaf entry counts for the node of the table that it stands in.
 *
 * <p>Cost: reads every word of the tree that the node uses.
 *
 * <p>Source: Mitosis (ASPLOS'20) §3.1 and figure 4 (share of remote leaf entries seen from a socket).
 */
public final class PageTableCensus {
    private final int node;
    private final long[][] tables;
    private final long[] leafEntries;

    private PageTableCensus(int node, int nodes, int levels) {
        this.node = node;
        tables = new long[levels + 1][nodes];
        leafEntries = new long[nodes];
    }

    /** Counts the tree that processors of {@code node} walk. */
    public static PageTableCensus take(Context context, MmStruct mm, int node) {
        PageTable tree = mm.pageTable();
        PageTableCensus census = new PageTableCensus(node, context.topology().nodes(), tree.levels());
        long root = context.ops().rootFor(tree, node);
        if (root != Frames.NO_FRAME) {
            census.count(context.board().memory(), root, tree.levels());
        }
        return census;
    }

    public long tables(int level, int onNode) {
        return tables[level][onNode];
    }

    /** Tables of all levels on a node. */
    public long tables(int onNode) {
        long sum = 0;
        for (long[] ofLevel : tables) {
            sum += ofLevel[onNode];
        }
        return sum;
    }

    /** Leaf entries of all page sizes that stand in tables on a node. */
    public long leafEntries(int onNode) {
        return leafEntries[onNode];
    }

    public long leafEntries() {
        long sum = 0;
        for (long entries : leafEntries) {
            sum += entries;
        }
        return sum;
    }

    /** The share of leaf entries that the node's processors must fetch from another node, in percent. */
    public double remoteLeafPercent() {
        long all = leafEntries();
        return all == 0 ? 0 : 100.0 * (all - leafEntries[node]) / all;
    }

    private void count(PhysicalMemory memory, long table, int level) {
        int tableNode = Frames.nodeOf(table);
        tables[level][tableNode]++;
        for (int i = 0; i < PhysicalMemory.WORDS; i++) {
            long entry = memory.read(table, i);
            if (Pte.isTable(entry, level)) {
                count(memory, Pte.pfn(entry), level - 1);
            } else if (Pte.isLeaf(entry, level)) {
                leafEntries[tableNode]++;
            }
        }
    }
}
