package dev.mitosis.workloads.synthetic;

import dev.mitosis.halsim.cpu.AccessBatch;
import java.util.List;

/**
 * Look-ups of random keys in a large B+ tree: a chase of pointers from the root to a record.
 *
 * <p>The tree was filled with ascending keys from below and descending keys from above in turn, as the benchmark does. So a
 * split leaves a half-full node behind, nodes of one side lie in memory in the order of their making, and the two sides
 * alternate:
 *
 * <pre>
 *   level 0 (leaves)    node k of a side was made as the side's node number  k * 8/7
 *   level l             node k of a side was made when its 8^l leaves were full
 *   place in the slab   2 * number + side
 * </pre>
 *
 * <p>A look-up reads, in each node, the line of the header and first keys, the line of the key that decides, and the line
 * of the child pointer; then the record.
 *
 * <p>Source: the benchmark "btree" of Mitosis (ASPLOS'20) table 4: order 16, 16-byte elements, 35 GB on one socket; of vMitosis
 * (ASPLOS'21): 3,400 x 2^20 elements.
 */
public final class BTree implements Workload {
    /** Children of a half-full node of order 16. */
    private static final int FANOUT_SHIFT = 3;

    private static final int FANOUT = 1 << FANOUT_SHIFT;
    /** Header, 15 keys and 16 pointers of 8 bytes, on a 16-byte boundary. */
    private static final int NODE_BYTES = 272;

    private static final int KEYS_OFFSET = 16;
    private static final int POINTERS_OFFSET = 16 + 15 * 8;
    private static final int RECORD_BYTES = 16;
    private static final int INSTRUCTIONS_PER_NODE = 40;
    private static final int INSTRUCTIONS_PER_LOOKUP = 60;

    private final String name;
    private final int threads;
    /** Elements on each side. */
    private final long sideElements;

    private final int levels;

    /** The tree of 35 GB. */
    public BTree() {
        this(640L << 20);
    }

    /** A tree of this many elements, looked up by one thread. */
    public BTree(long elements) {
        this("btree", elements, 1);
    }

    /** The tree of 145 GB, looked up by all cores. */
    static BTree wide() {
        return new BTree("btree-wide", 2650L << 20, ALL_CORES);
    }

    /** The tree of 3,400 x 2^20 elements that vMitosis looks up in a guest, by one thread. */
    static BTree large() {
        return new BTree("btree-large", 3400L << 20, 1);
    }

    private BTree(String name, long elements, int threads) {
        this.name = name;
        this.threads = threads;
        if (elements < 2L * FANOUT) {
            throw new IllegalArgumentException("a tree of " + elements + " elements has no inner node");
        }
        sideElements = elements / 2;
        int count = 1;
        while (sideElements >> (count * FANOUT_SHIFT) > 0) {
            count++;
        }
        levels = count;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public int threads(int cores) {
        return Math.min(threads, cores);
    }

    @Override
    public String description() {
        return "look-ups of random keys in a B+ tree of " + (footprintBytes() >> 30) + " GiB, " + (levels + 1)
                + " levels";
    }

    @Override
    public List<MemoryArea> areas() {
        long nodes = 2 * (number(0, sideElements >> FANOUT_SHIFT) + levels + 1);
        return List.of(
                new MemoryArea("nodes", pageUp(nodes * NODE_BYTES), 2L << 20),
                new MemoryArea("records", pageUp(2 * sideElements * RECORD_BYTES), 2L << 20));
    }

    /** One thread inserts all keys. */
    @Override
    public boolean isLoadedByOne(MemoryArea area) {
        return true;
    }

    @Override
    public AccessStream stream(int thread, int threads, long[] areaVa, long seed) {
        return new Lookups(areaVa[0], areaVa[1], new SplitMix(SplitMix.mix(seed * threads + thread)));
    }

    /** Which of its side's nodes this one was, in the order of their making. */
    private static long number(int level, long node) {
        long leaves = node << (level * FANOUT_SHIFT);
        return leaves + leaves / (FANOUT - 1) + level;
    }

    private static long pageUp(long bytes) {
        return (bytes + 4095) & -4096;
    }

    private final class Lookups implements AccessStream {
        private final long nodesVa;
        private final long recordsVa;
        private final SplitMix random;
        /** The look-up under way: a batch may end in the middle of it. */
        private long key;

        private long side;
        private int level = -1;

        Lookups(long nodesVa, long recordsVa, SplitMix random) {
            this.nodesVa = nodesVa;
            this.recordsVa = recordsVa;
            this.random = random;
        }

        @Override
        public void fill(AccessBatch batch) {
            batch.isDetailed = true;
            while (batch.va.length - batch.size >= 3) {
                if (level < 0) {
                    long next = random.below(2 * sideElements);
                    side = next & 1;
                    key = next >> 1;
                    level = levels - 1;
                    batch.instructions += INSTRUCTIONS_PER_LOOKUP;
                }
                long node = key >> ((level + 1) * FANOUT_SHIFT);
                long va = nodesVa + (2 * number(level, node) + side) * NODE_BYTES;
                int child = (int) (key >> (level * FANOUT_SHIFT)) & (FANOUT - 1);
                // From node to node by a pointer; and from one look-up to the next because nobody foresees how a search
                // in a node ends.
                batch.add(va, 0, 2, 1);
                long keyVa = va + KEYS_OFFSET + 8L * child;
                if (keyVa >> 6 != va >> 6) {
                    batch.add(keyVa, 0, 2, 2);
                }
                if (level > 0) {
                    batch.add(va + POINTERS_OFFSET + 8L * child, 0, 1, 1);
                } else {
                    batch.add(recordsVa + (2 * key + side) * RECORD_BYTES, 0, 2, 1);
                }
                batch.instructions += INSTRUCTIONS_PER_NODE;
                level--;
            }
        }
    }
}
