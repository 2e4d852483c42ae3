package dev.mitosis.hal;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Arrays;

/**
 * Physical memory of a simulated board: the words of each node's table zone in chunks of plain {@code long} arrays.
 *
 * <p>Shape: chunk {@code [node << chunksShift | frame >> chunkShift]} holds {@code 1 << chunkShift} tables, one after the
 * other. A chunk comes into being when the first of its tables is written, so that a machine pays for the tables that it
 * has, and no array is ever grown by copying.
 *
 * <p>Concurrency: with {@code concurrent} false one thread owns the machine and words are plain loads and stores; with
 * true they are VarHandle operations of the order that {@link PhysicalMemory} promises.
 */
public final class ArrayMemory extends PhysicalMemory {
    private static final VarHandle WORD = MethodHandles.arrayElementVarHandle(long[].class);
    private static final int DEFAULT_CHUNK_SHIFT = 12;

    private final boolean concurrent;
    private final int chunkShift;
    private final int chunksShift;
    private final int tableMask;
    private final long[][] chunks;

    /** Memory in chunks of 1,024 tables (4 MiB). */
    public ArrayMemory(int nodes, boolean concurrent) {
        this(nodes, concurrent, DEFAULT_CHUNK_SHIFT);
    }

    /**
     * @param chunkShift log2 of the tables in a chunk: 4 suits tests that build thousands of machines, 10 the papers' sizes
     */
    public ArrayMemory(int nodes, boolean concurrent, int chunkShift) {
        if (nodes < 1 || nodes > Frames.MAX_NODES || chunkShift < 0 || chunkShift > 12) {
            throw new IllegalArgumentException(nodes + " nodes with chunks of 2^" + chunkShift + " tables");
        }
        this.concurrent = concurrent;
        this.chunkShift = chunkShift;
        this.chunksShift = Frames.TABLE_ZONE_SHIFT - chunkShift;
        this.tableMask = (1 << chunkShift) - 1;
        this.chunks = new long[nodes << chunksShift][];
    }

    public boolean isConcurrent() {
        return concurrent;
    }

    /** The bytes of host memory that back table frames now. */
    public long backedBytes() {
        long bytes = 0;
        for (long[] chunk : chunks) {
            bytes += chunk == null ? 0 : 8L * chunk.length;
        }
        return bytes;
    }

    @Override
    public long read(long table, int index) {
        long[] chunk = chunks[chunkOf(table)];
        if (chunk == null) {
            return 0;
        }
        int at = wordOf(table, index);
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
        if (chunk != null) {
            int at = wordOf(table, 0);
            Arrays.fill(chunk, at, at + WORDS, 0);
            VarHandle.releaseFence();
        }
    }

    @Override
    public void copy(long from, long to) {
        long[] source = chunks[chunkOf(from)];
        if (source == null) {
            clear(to);
            return;
        }
        System.arraycopy(source, wordOf(from, 0), backed(to), wordOf(to, 0), WORDS);
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
        return chunk == null ? 0 : chunk[(int) place];
    }

    private int wordOf(long table, int index) {
        assert index >= 0 && index < WORDS : "entry " + index;
        return (((int) table & tableMask) << 9) | index;
    }

    private int chunkOf(long table) {
        assert Frames.isTableFrame(table) : "frame " + Long.toHexString(table) + " cannot hold a table";
        return (Frames.nodeOf(table) << chunksShift) | (int) (Frames.frameInNode(table) >>> chunkShift);
    }

    private long[] backed(long table) {
        int number = chunkOf(table);
        long[] chunk = chunks[number];
        return chunk != null ? chunk : back(number);
    }

    private synchronized long[] back(int number) {
        long[] chunk = chunks[number];
        if (chunk == null) {
            chunk = new long[WORDS << chunkShift];
            VarHandle.releaseFence();
            chunks[number] = chunk;
        }
        return chunk;
    }
}
