package dev.mitosis.hal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Physical memory of a simulated board: the words of each node's table zone in chunks of plain {@code long} arrays.
 *
 * <p>Shape: chunk {@code [node << CHUNKS_SHIFT | frame >> CHUNK_SHIFT]} holds 4,096 tables (16 MiB), one after the other. A chunk comes
 * into being when the first of its tables is written, so that a machine pays for the tables that it has. Chunks are large, because whoever
 * reads an entry reads the length of its chunk too, and few lengths stay near. The first of a node, which is all that a small machine needs,
 * begins small and doubles, where one thread owns the machine; no other is ever grown by copying.
 *
 * <p>Concurrency: with {@code concurrent} false one thread owns the machine and words are plain loads and stores; with
 * true they are VarHandle operations of the order that {@link PhysicalMemory} promises.
 */
public final class ArrayMemory extends PhysicalMemory {
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);
    /** log2 of the tables in a chunk. */
    private static final int CHUNK_SHIFT = 12;

    private static final int CHUNK_TABLES = 1 << CHUNK_SHIFT;
    private static final int CHUNKS_SHIFT = Frames.TABLE_ZONE_SHIFT - CHUNK_SHIFT;
    private static final int CHUNKS = 1 << CHUNKS_SHIFT;
    /** Words that a first chunk begins with: 16 tables. */
    private static final int FIRST_WORDS = WORDS << 4;

    private static final long[] NONE = {};

    private final boolean concurrent;
    private final long tablesPerNode;
    private final long[][] chunks;

    /** Memory for as many tables as a table zone has. */
    public ArrayMemory(int nodes, boolean concurrent) {
        this(nodes, concurrent, Frames.TABLE_ZONE_FRAMES);
    }

    /** @param tablesPerNode the tables of a node at most: what is written beyond is an error, and is not backed */
    public ArrayMemory(int nodes, boolean concurrent, long tablesPerNode) {
        if (nodes < 1 || nodes > Frames.MAX_NODES || tablesPerNode < 1 || tablesPerNode > Frames.TABLE_ZONE_FRAMES) {
            throw new IllegalArgumentException(nodes + " nodes with " + tablesPerNode + " tables each");
        }
        this.concurrent = concurrent;
        this.tablesPerNode = tablesPerNode;
        this.chunks = new long[nodes << CHUNKS_SHIFT][];
        Arrays.fill(chunks, NONE);
    }

    @Override
    public boolean isConcurrent() {
        return concurrent;
    }

    /** The bytes of host memory that back table frames now. */
    public long backedBytes() {
        long bytes = 0;
        for (long[] chunk : chunks) {
            bytes += 8L * chunk.length;
        }
        return bytes;
    }

    @Override
    public long read(long table, int index) {
        long[] chunk = chunks[chunkOf(table)];
        int at = wordOf(table, index);
        if (at >= chunk.length) {
            return 0;
        }
        return concurrent ? (long) WORD.getAcquire(chunk, at) : chunk[at];
    }

    @Override
    public void write(long table, int index, long word) {
        long[] chunk = backed(table);
        int at = wordOf(table, index);
        if (concurrent) {
            WORD.setRelease(chunk, at, word);
        } else {
            chunk[at] = word;
        }
    }

    @Override
    public boolean compareAndSet(long table, int index, long expected, long word) {
        long[] chunk = backed(table);
        int at = wordOf(table, index);
        if (concurrent) {
            return WORD.compareAndSet(chunk, at, expected, word);
        }
        if (chunk[at] != expected) {
            return false;
        }
        chunk[at] = word;
        return true;
    }

    @Override
    public long getAndSet(long table, int index, long word) {
        long[] chunk = backed(table);
        int at = wordOf(table, index);
        if (concurrent) {
            return (long) WORD.getAndSet(chunk, at, word);
        }
        long old = chunk[at];
        chunk[at] = word;
        return old;
    }

    @Override
    public long getAndOr(long table, int index, long bits) {
        long[] chunk = backed(table);
        int at = wordOf(table, index);
        if (concurrent) {
            return (long) WORD.getAndBitwiseOr(chunk, at, bits);
        }
        long old = chunk[at];
        chunk[at] = old | bits;
        return old;
    }

    @Override
    public long getAndAnd(long table, int index, long bits) {
        long[] chunk = backed(table);
        int at = wordOf(table, index);
        if (concurrent) {
            return (long) WORD.getAndBitwiseAnd(chunk, at, bits);
        }
        long old = chunk[at];
        chunk[at] = old & bits;
        return old;
    }

    @Override
    public void clear(long table) {
        long[] chunk = chunks[chunkOf(table)];
        int at = wordOf(table, 0);
        if (at < chunk.length) {
            Arrays.fill(chunk, at, at + WORDS, 0);
            VarHandle.releaseFence();
        }
    }

    @Override
    public void copy(long from, long to) {
        long[] source = chunks[chunkOf(from)];
        int at = wordOf(from, 0);
        if (at >= source.length) {
            clear(to);
            return;
        }
        System.arraycopy(source, at, backed(to), wordOf(to, 0), WORDS);
        VarHandle.releaseFence();
    }

    @Override
    public void fill(long table, int index, int count, long first, long step) {
        if (concurrent) {
            super.fill(table, index, count, first, step);
            return;
        }
        long[] chunk = backed(table);
        int at = wordOf(table, index);
        long word = first;
        for (int i = 0; i < count; i++) {
            chunk[at + i] = word;
            word += step;
        }
    }

    /**
     * Where an entry is, for a reader that wants many at a time and works their places out beforehand: what {@link #readAt} takes.
     *
     * <p>Shape: {@code | chunk (32) | word (32) |}.
     */
    public long placeOf(long table, int index) {
        return (long) chunkOf(table) << Integer.SIZE | wordOf(table, index);
    }

    /** The word at a place, 0 where nothing was written yet; a plain load, even where other threads write. */
    public long readAt(long place) {
        long[] chunk = chunks[(int) (place >>> Integer.SIZE)];
        int at = (int) place & Integer.MAX_VALUE;
        return at < chunk.length ? chunk[at] : 0;
    }

    /** {@link #read} by a plain load, even where other threads write. */
    public long peek(long table, int index) {
        long[] chunk = chunks[chunkOf(table)];
        int at = wordOf(table, index);
        return at < chunk.length ? chunk[at] : 0;
    }

    private int wordOf(long table, int index) {
        assert index >= 0 && index < WORDS : "entry " + index;
        // The sign that is taken off is never set; without, the compiler cannot tell.
        return ((((int) table & CHUNK_TABLES - 1) << 9) | index) & Integer.MAX_VALUE;
    }

    private int chunkOf(long table) {
        assert Frames.isTableFrame(table) : "frame " + Long.toHexString(table) + " cannot hold a table";
        return (Frames.nodeOf(table) << CHUNKS_SHIFT) | (int) (Frames.frameInNode(table) >>> CHUNK_SHIFT);
    }

    private long[] backed(long table) {
        int number = chunkOf(table);
        long[] chunk = chunks[number];
        int at = wordOf(table, 0);
        return at < chunk.length ? chunk : back(number, at + WORDS);
    }

    private synchronized long[] back(int number, int words) {
        long[] chunk = chunks[number];
        if (words > chunk.length) {
            chunk = Arrays.copyOf(chunk, lengthFor(number, words));
            VarHandle.releaseFence();
            chunks[number] = chunk;
        }
        return chunk;
    }

    private int lengthFor(int number, int words) {
        int chunk = number & CHUNKS - 1;
        int whole = (int) Math.min(CHUNK_TABLES, tablesPerNode - ((long) chunk << CHUNK_SHIFT)) * WORDS;
        if (words > whole) {
            throw new IllegalArgumentException("a table beyond the " + tablesPerNode + " of a node");
        }
        if (concurrent || chunk != 0) {
            return whole;
        }
        return Math.min(whole, Math.max(FIRST_WORDS, 2 * Integer.highestOneBit(words - 1)));
    }
}
