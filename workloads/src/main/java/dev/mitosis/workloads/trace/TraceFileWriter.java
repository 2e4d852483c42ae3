package dev.mitosis.workloads.trace;

import com.github.luben.zstd.Zstd;
import dev.mitosis.halsim.cpu.AccessBatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * Writes events to a trace file as they come. Whatever ends the writing, what was written until then can be read: blocks stand alone.
 *
 * <p>Errors: {@link UncheckedIOException} for a full disk and the like, and from then on at every event; memory use does not depend on
 * the length.
 *
 * <p>Cost: some 10 ns an entry, compression included.
 */
public final class TraceFileWriter implements TraceWriter {
    private static final int ZSTD_LEVEL = 1;
    /** The bytes that one entry takes at the most: address and flags, and a count. */
    private static final int ENTRY_BYTES = 20;

    private final PartialFile file;
    private final EntryColumns columns = new EntryColumns();
    private final EventBuffer events = new EventBuffer(TraceFileLayout.BLOCK_BYTES + (64 << 10));
    private final byte[] compressed = new byte[(int) Zstd.compressBound(TraceFileLayout.MAX_BLOCK_BYTES)];
    private final ByteBuffer header =
            ByteBuffer.allocate(TraceFileLayout.BLOCK_HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private long accesses;
    private long entries;
    private long instructions;
    private boolean isComplete;
    private boolean isBroken;

    /** A writer whose file is there when it is whole, or not at all. */
    public TraceFileWriter(Path file) throws IOException {
        this(new PartialFile(file));
    }

    /** A writer into a file that is kept as {@link PartialFile} says. */
    public TraceFileWriter(PartialFile file) throws IOException {
        this.file = file;
        ByteBuffer magic = ByteBuffer.allocate(TraceFileLayout.MAGIC_BYTES).order(ByteOrder.LITTLE_ENDIAN);
        this.file.write(magic.putLong(TraceFileLayout.MAGIC).flip());
    }

    @Override
    public void processStarted(int process, int parent, boolean sharesMemory, String command) {
        begin(TraceFileLayout.PROCESS_STARTED, 40);
        events.putVarint(process);
        events.putVarint(parent + 1);
        events.putVarint(sharesMemory ? 1 : 0);
        events.putText(command);
        finish();
    }

    @Override
    public void initialMapping(int process, long startVa, long endVa, int prot, String name) {
        begin(TraceFileLayout.INITIAL_MAPPING, 60);
        events.putVarint(process);
        events.putVarint(startVa);
        events.putVarint(endVa - startVa);
        events.putVarint(prot);
        events.putText(name);
        finish();
    }

    @Override
    public void threadStarted(int process, int thread) {
        begin(TraceFileLayout.THREAD_STARTED, 20);
        events.putVarint(process);
        events.putVarint(thread);
        finish();
    }

    @Override
    public void accesses(int process, int thread, AccessBatch batch) {
        if (batch.isDetailed) {
            detailed(process, thread, batch);
            return;
        }
        for (int from = 0; from < batch.size || from == 0; from += TraceFileLayout.MAX_BATCH) {
            int to = Math.min(batch.size, from + TraceFileLayout.MAX_BATCH);
            begin(TraceFileLayout.ACCESSES, 50 + (to - from) * ENTRY_BYTES);
            events.putVarint(process);
            events.putVarint(thread);
            events.putVarint(from == 0 ? batch.instructions : 0);
            events.putVarint(to - from);
            putEntries(batch, from, to);
            finish();
        }
        instructions += batch.instructions;
        entries += batch.size;
    }

    private void detailed(int process, int thread, AccessBatch batch) {
        for (int from = 0; from < batch.size || from == 0; from += TraceFileLayout.MAX_BATCH) {
            int to = Math.min(batch.size, from + TraceFileLayout.MAX_BATCH);
            begin(TraceFileLayout.DETAILED_ACCESSES, 100 + (to - from) * EntryColumns.MAX_ENTRY_BYTES);
            events.putVarint(process);
            events.putVarint(thread);
            events.putVarint(from == 0 ? batch.instructions : 0);
            events.putVarint(from == 0 ? batch.multiplies : 0);
            events.putVarint(from == 0 ? batch.divides : 0);
            events.putVarint(from == 0 ? batch.floatingPoints : 0);
            events.putVarint(from == 0 ? batch.branches : 0);
            events.putVarint(to - from);
            accesses += columns.put(events, batch, from, to);
            finish();
        }
        instructions += batch.instructions;
        entries += batch.size;
    }

    private void putEntries(AccessBatch batch, int from, int to) {
        long previous = 0;
        for (int i = from; i < to; i++) {
            long va = batch.va[i];
            int meta = batch.meta[i];
            int count = meta >>> AccessBatch.COUNT_SHIFT;
            long delta = va - previous;
            int flags = meta & (AccessBatch.STORE | AccessBatch.KERNEL) | (count == 1 ? 0 : 4);
            events.putVarint((delta << 1 ^ delta >> 63) << 3 | flags);
            if (count != 1) {
                events.putVarint(count);
            }
            previous = va;
            accesses += count;
        }
    }

    @Override
    public void part(TracePart part) {
        begin(TraceFileLayout.PART, 2);
        events.putVarint(part.number());
        finish();
    }

    @Override
    public void leftOut(int process, int thread, long accesses, long instructions) {
        begin(TraceFileLayout.LEFT_OUT, 40);
        events.putVarint(process);
        events.putVarint(thread);
        events.putVarint(accesses);
        events.putVarint(instructions);
        finish();
    }

    @Override
    public void systemCall(int process, int thread, int number, long[] args, long result) {
        begin(TraceFileLayout.SYSTEM_CALL, 120);
        events.putVarint(process);
        events.putVarint(thread);
        events.putVarint(number);
        for (int i = 0; i < 6; i++) {
            events.putSigned(args[i]);
        }
        events.putSigned(result);
        finish();
    }

    @Override
    public void threadExited(int process, int thread) {
        begin(TraceFileLayout.THREAD_EXITED, 20);
        events.putVarint(process);
        events.putVarint(thread);
        finish();
    }

    @Override
    public void processExited(int process, int status) {
        begin(TraceFileLayout.PROCESS_EXITED, 20);
        events.putVarint(process);
        events.putVarint(status);
        finish();
    }

    @Override
    public void end(boolean complete) {
        begin(TraceFileLayout.END, 2);
        events.putVarint(complete ? 1 : 0);
        isComplete = true;
    }

    @Override
    public void commit() throws IOException {
        if (!isComplete) {
            throw new IllegalStateException("a trace is committed after its end");
        }
        try {
            writeBlock(TraceFileLayout.EVENTS);
            events.putVarint(accesses);
            events.putVarint(entries);
            events.putVarint(instructions);
            writeBlock(TraceFileLayout.TOTALS);
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        file.commit();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }

    private void begin(int event, int bytes) {
        events.ensure(bytes + 10);
        events.putVarint(event);
    }

    private void finish() {
        if (events.position >= TraceFileLayout.BLOCK_BYTES) {
            writeBlock(TraceFileLayout.EVENTS);
        }
    }

    private void writeBlock(int kind) {
        int raw = events.position;
        long size = Zstd.compressByteArray(compressed, 0, compressed.length, events.bytes, 0, raw, ZSTD_LEVEL);
        if (Zstd.isError(size)) {
            throw new IllegalStateException("zstd: " + Zstd.getErrorName(size));
        }
        header.clear();
        header.putInt(kind).putInt(raw).putInt((int) size);
        CRC32C sum = new CRC32C();
        sum.update(header.array(), 0, 12);
        sum.update(compressed, 0, (int) size);
        header.putInt((int) sum.getValue()).flip();
        events.position = 0;
        if (isBroken) {
            throw new UncheckedIOException(new IOException("cannot write any more"));
        }
        // A block that is there in part is the last one, or nobody could tell where the next begins.
        isBroken = true;
        file.write(header);
        file.write(ByteBuffer.wrap(compressed, 0, (int) size));
        isBroken = false;
    }
}
