package dev.mitosis.halnative.board;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.halnative.libc.LinuxCalls;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Physical memory whose page tables are pages on the nodes of this host: a table of node 1 is read from the memory of node 1.
 *
 * <p>Shape: chunk {@code slot >> chunkShift} holds {@code 1 << chunkShift} tables. It is mapped and bound when its
 * first table is written.
 *
 * <p>Concurrency: several threads may use it; words are of the order that {@link PhysicalMemory} promises.
 *
 * <p>Errors: {@link UncheckedIOException} where the host gives no memory on the node.
 */
public final class NodeMemory extends PhysicalMemory implements AutoCloseable {
    private static final VarHandle WORD = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());
    private static final VarHandle CHUNK = MethodHandles.arrayElementVarHandle(ByteBuffer[].class);
    private static final int TABLE_BYTES = WORDS * Long.BYTES;

    private final LinuxCalls calls;
    private final int[] hostNodes;
    private final int chunkShift;
    private final int tableMask;
    private final ByteBuffer[] chunks;
    private final long[] vaOfChunk;
    private final List<BoundMemory> mapped = new ArrayList<>();

    /**
     * Memory of as many nodes as numbers are given.
     *
     * @param hostNodes the kernel's number of the node that has the tables of each node here
     * @param chunkShift log2 of the tables in a chunk: 9 and more can be huge pages
     */
    public NodeMemory(LinuxCalls calls, int[] hostNodes, int chunkShift) {
        if (hostNodes.length < 1 || hostNodes.length > Frames.MAX_NODES || chunkShift < 0 || chunkShift > 12) {
            throw new IllegalArgumentException(hostNodes.length + " nodes with chunks of 2^" + chunkShift + " tables");
        }
        this.calls = calls;
        this.hostNodes = hostNodes.clone();
        this.chunkShift = chunkShift;
        this.tableMask = (1 << chunkShift) - 1;
        this.chunks = new ByteBuffer[hostNodes.length << Frames.TABLE_ZONE_SHIFT - chunkShift];
        this.vaOfChunk = new long[chunks.length];
    }

    private int chunkOf(long table) {
        return Frames.tableSlot(table) >>> chunkShift;
    }

    private int at(long table, int index) {
        return (Frames.tableSlot(table) & tableMask) * TABLE_BYTES + index * Long.BYTES;
    }

    private ByteBuffer backed(long table) {
        int number = chunkOf(table);
        ByteBuffer chunk = (ByteBuffer) CHUNK.getAcquire(chunks, number);
        return chunk == null ? back(number, Frames.nodeOf(table)) : chunk;
    }

    private synchronized ByteBuffer back(int number, int node) {
        ByteBuffer known = chunks[number];
        if (known != null) {
            return known;
        }
        try {
            BoundMemory memory =
                    BoundMemory.map(calls, TABLE_BYTES << chunkShift, hostNodes[node], BoundMemory.Pages.BASE);
            mapped.add(memory);
            vaOfChunk[number] = memory.va();
            CHUNK.setRelease(chunks, number, memory.buffer());
            return memory.buffer();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public long read(long table, int index) {
        ByteBuffer chunk = (ByteBuffer) CHUNK.getAcquire(chunks, chunkOf(table));
        return chunk == null ? 0 : (long) WORD.getAcquire(chunk, at(table, index));
    }

    @Override
    public void write(long table, int index, long word) {
        WORD.setRelease(backed(table), at(table, index), word);
    }

    @Override
    public boolean compareAndSet(long table, int index, long expected, long word) {
        return WORD.compareAndSet(backed(table), at(table, index), expected, word);
    }

    @Override
    public long getAndSet(long table, int index, long word) {
        return (long) WORD.getAndSet(backed(table), at(table, index), word);
    }

    @Override
    public long getAndOr(long table, int index, long bits) {
        return (long) WORD.getAndBitwiseOr(backed(table), at(table, index), bits);
    }

    @Override
    public long getAndAnd(long table, int index, long bits) {
        return (long) WORD.getAndBitwiseAnd(backed(table), at(table, index), bits);
    }

    @Override
    public void clear(long table) {
        ByteBuffer chunk = (ByteBuffer) CHUNK.getAcquire(chunks, chunkOf(table));
        for (int index = 0; chunk != null && index < WORDS; index++) {
            WORD.setRelease(chunk, at(table, index), 0L);
        }
    }

    @Override
    public void copy(long from, long to) {
        ByteBuffer target = backed(to);
        for (int index = 0; index < WORDS; index++) {
            WORD.setRelease(target, at(to, index), read(from, index));
        }
    }

    /** Where the host has a table; it is made present by this. */
    public synchronized long va(long table) {
        write(table, 0, read(table, 0));
        return vaOfChunk[chunkOf(table)] + at(table, 0);
    }

    /** Gives all of it back; tables must not be read any more. */
    @Override
    public synchronized void close() {
        mapped.forEach(BoundMemory::close);
        mapped.clear();
    }
}
