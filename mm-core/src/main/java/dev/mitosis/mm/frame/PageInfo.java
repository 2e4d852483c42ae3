package dev.mitosis.mm.frame;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.Topology;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * One word for each data frame that needs one: references beyond the first, flags, and the node that last took a hint fault.
 *
 * <pre>
 *   31    30      29       28  27     26..21     20..0
 *   SPLIT HUGETLB LAZYFREE KSM  known  last node  references beyond the first
 * </pre>
 *
 * <p>Cost: 4 bytes a frame, in chunks of 4,096 frames that come into being with the first frame that is shared or flagged.
 *
 * <p>Concurrency: every change is one atomic operation where several threads run the kernel.
 *
 * <p>Source: the role of Linux {@code include/linux/mm_types.h:struct page} (_refcount, flags, _last_cpupid).
 */
public final class PageInfo {
    /** The page was freed lazily: it may be dropped while it is clean (MADV_FREE). */
    public static final int LAZYFREE = 1 << 29;
    /** The huge page is mapped by parts somewhere, and may be mapped whole elsewhere: its references are those of its parts. */
    public static final int SPLIT = 1 << 31;
    /** The huge page belongs to the pool of its size. */
    public static final int HUGETLB = 1 << 30;
    /** The page is the merged copy of equal pages. */
    public static final int KSM = 1 << 28;

    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(int[].class);
    private static final VarHandle CHUNK = MethodHandles.arrayElementVarHandle(int[][].class);
    private static final int CHUNK_SHIFT = 12;
    private static final int CHUNK_MASK = (1 << CHUNK_SHIFT) - 1;
    private static final int REFERENCES = (1 << 21) - 1;
    private static final int NODE_SHIFT = 21;
    private static final int NODE_MASK = 63 << NODE_SHIFT;
    private static final int NODE_KNOWN = 1 << 27;

    private final boolean concurrent;
    private final int[][][] chunks;

    public PageInfo(Topology topology, boolean concurrent) {
        this.concurrent = concurrent;
        chunks = new int[topology.nodes()][][];
        for (int node = 0; node < chunks.length; node++) {
            // Twice the capacity, as the numbers of data frames run.
            chunks[node] = new int[(int) (2 * topology.framesOfNode(node) >>> CHUNK_SHIFT) + 2][];
        }
    }

    int references(long pfn) {
        return word(pfn) & REFERENCES;
    }

    void addReference(long pfn, int count) {
        int[] chunk = backed(pfn);
        int at = slot(pfn);
        int before = concurrent ? (int) WORD.getAndAdd(chunk, at, count) : chunk[at];
        if (!concurrent) {
            chunk[at] = before + count;
        }
        if ((before & REFERENCES) + count > REFERENCES) {
            throw new IllegalStateException("frame " + Long.toHexString(pfn) + " has too many references");
        }
    }

    /** Drops a reference; true when it was the last, and the word is clear. */
    boolean dropReference(long pfn) {
        int[] chunk = chunk(pfn);
        if (chunk == null) {
            return true;
        }
        int at = slot(pfn);
        while (true) {
            int word = read(chunk, at);
            boolean isLast = (word & REFERENCES) == 0;
            if (replace(chunk, at, word, isLast ? 0 : word - 1)) {
                return isLast;
            }
        }
    }

    public boolean has(long pfn, int flag) {
        return (word(pfn) & flag) != 0;
    }

    public void set(long pfn, int flag) {
        int[] chunk = backed(pfn);
        if (concurrent) {
            WORD.getAndBitwiseOr(chunk, slot(pfn), flag);
        } else {
            chunk[slot(pfn)] |= flag;
        }
    }

    public void clear(long pfn, int flag) {
        int[] chunk = chunk(pfn);
        if (chunk == null) {
            return;
        }
        if (concurrent) {
            WORD.getAndBitwiseAnd(chunk, slot(pfn), ~flag);
        } else {
            chunk[slot(pfn)] &= ~flag;
        }
    }

    /** Notes the node of a hint fault, and returns the one before: -1 when there was none. */
    public int exchangeLastNode(long pfn, int node) {
        int[] chunk = backed(pfn);
        int at = slot(pfn);
        while (true) {
            int word = read(chunk, at);
            if (replace(chunk, at, word, (word & ~NODE_MASK) | NODE_KNOWN | node << NODE_SHIFT)) {
                return (word & NODE_KNOWN) == 0 ? -1 : (word & NODE_MASK) >>> NODE_SHIFT;
            }
        }
    }

    /** The bytes that the words take now. */
    long bytes() {
        long bytes = 0;
        for (int[][] ofNode : chunks) {
            bytes += 4L * ofNode.length;
            for (int[] chunk : ofNode) {
                bytes += chunk == null ? 0 : 4L * chunk.length;
            }
        }
        return bytes;
    }

    private int word(long pfn) {
        int[] chunk = chunk(pfn);
        return chunk == null ? 0 : read(chunk, slot(pfn));
    }

    private int read(int[] chunk, int at) {
        return concurrent ? (int) WORD.getVolatile(chunk, at) : chunk[at];
    }

    private boolean replace(int[] chunk, int at, int expected, int word) {
        if (concurrent) {
            return WORD.compareAndSet(chunk, at, expected, word);
        }
        chunk[at] = word;
        return true;
    }

    private int @Nullable [] chunk(long pfn) {
        int[][] ofNode = chunks[Frames.nodeOf(pfn)];
        int number = (int) (dataFrame(pfn) >>> CHUNK_SHIFT);
        return concurrent ? (int[]) CHUNK.getAcquire(ofNode, number) : ofNode[number];
    }

    private int[] backed(long pfn) {
        int[] chunk = chunk(pfn);
        if (chunk != null) {
            return chunk;
        }
        int[][] ofNode = chunks[Frames.nodeOf(pfn)];
        int number = (int) (dataFrame(pfn) >>> CHUNK_SHIFT);
        int[] fresh = new int[1 << CHUNK_SHIFT];
        int[] there = (int[]) CHUNK.compareAndExchange(ofNode, number, null, fresh);
        return there == null ? fresh : there;
    }

    private static int slot(long pfn) {
        return (int) dataFrame(pfn) & CHUNK_MASK;
    }

    private static long dataFrame(long pfn) {
        return Frames.frameInNode(pfn) - Frames.TABLE_ZONE_FRAMES;
    }
}
