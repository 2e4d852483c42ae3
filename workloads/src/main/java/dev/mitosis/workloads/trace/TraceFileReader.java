package dev.mitosis.workloads.trace;

import com.github.luben.zstd.Zstd;
import dev.mitosis.halsim.AccessBatch;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.zip.CRC32C;

/**
 * Reads a trace file and hands its events on, in order, with memory that does not depend on its length.
 *
 * <p>A trace is untrusted: sizes are bounded before memory is taken, every block is checked against its sum before it is
 * decompressed, and a file without its totals is refused.
 *
 * <p>Errors: {@link TraceException} with file and byte. Events before that were handed on already.
 */
public final class TraceFileReader {
    private final Path file;
    private final EventBuffer events = new EventBuffer(TraceFileLayout.MAX_BLOCK_BYTES);
    private final byte[] compressed = new byte[(int) Zstd.compressBound(TraceFileLayout.MAX_BLOCK_BYTES)];
    private final AccessBatch batch = new AccessBatch(TraceFileLayout.MAX_BATCH);
    private final long[] args = new long[6];
    private final ByteBuffer header =
            ByteBuffer.allocate(TraceFileLayout.BLOCK_HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private long position;
    private long accesses;
    private long entries;
    private long instructions;
    private boolean hasEnded;

    public TraceFileReader(Path file) {
        this.file = file;
    }

    /** Hands all events to a sink. */
    public void replay(TraceSink sink) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            replay(in, sink);
        }
    }

    /** Hands all events to a sink, from the file's bytes as they come. */
    public void replay(InputStream in, TraceSink sink) throws IOException {
        read(in, header.array(), TraceFileLayout.MAGIC_BYTES, "a trace of Mitosis begins with 8 bytes");
        long found = header.getLong(0);
        if (found != TraceFileLayout.MAGIC) {
            boolean isOther = (found & 0x00FF_FFFF_FFFF_FFFFL) == (TraceFileLayout.MAGIC & 0x00FF_FFFF_FFFF_FFFFL);
            throw new TraceException(
                    file, 0, isOther ? "a trace of version " + (found >>> 56) + ", not 1" : "not a trace of Mitosis");
        }
        while (readBlock(in) == TraceFileLayout.EVENTS) {
            long blockEnd = position;
            try {
                while (events.hasMore()) {
                    event(sink);
                }
            } catch (EventBuffer.Malformed e) {
                throw new TraceException(file, blockEnd, "in the block that ends here: " + e.getMessage());
            }
        }
        checkTotals(in);
    }

    private int readBlock(InputStream in) throws IOException {
        long start = position;
        read(in, header.array(), TraceFileLayout.BLOCK_HEADER_BYTES, "the trace is cut short");
        header.clear();
        int kind = header.getInt();
        int raw = header.getInt();
        int size = header.getInt();
        int expected = header.getInt();
        if (kind != TraceFileLayout.EVENTS && kind != TraceFileLayout.TOTALS
                || raw < 0
                || raw > TraceFileLayout.MAX_BLOCK_BYTES
                || size < 0
                || size > compressed.length) {
            throw new TraceException(file, start, "no block begins here: the trace is damaged");
        }
        read(in, compressed, size, "the trace is cut short");
        CRC32C sum = new CRC32C();
        sum.update(header.array(), 0, 12);
        sum.update(compressed, 0, size);
        if ((int) sum.getValue() != expected) {
            throw new TraceException(file, start, "the checksum of a block is wrong: the trace is damaged");
        }
        long got = Zstd.decompressByteArray(events.bytes, 0, raw, compressed, 0, size);
        if (got != raw) {
            throw new TraceException(file, start, "a block does not decompress: the trace is damaged");
        }
        events.position = 0;
        events.limit = raw;
        return kind;
    }

    private void read(InputStream in, byte[] into, int length, String whatIfShort) throws IOException {
        int got = in.readNBytes(into, 0, length);
        position += got;
        if (got < length) {
            throw new TraceException(file, position, whatIfShort);
        }
    }

    private void event(TraceSink sink) {
        if (hasEnded) {
            throw new EventBuffer.Malformed("an event after the end");
        }
        int kind = events.getInt(TraceFileLayout.END, "an event's kind");
        if (kind == TraceFileLayout.END) {
            hasEnded = true;
            sink.end(events.getInt(1, "the end's flag") == 1);
            return;
        }
        int process = events.getInt(Integer.MAX_VALUE, "a process number");
        switch (kind) {
            case TraceFileLayout.PROCESS_STARTED -> {
                int parent = events.getInt(Integer.MAX_VALUE, "a parent's number") - 1;
                boolean shares = events.getInt(1, "a flag") == 1;
                sink.processStarted(process, parent, shares, events.getText());
            }
            case TraceFileLayout.INITIAL_MAPPING -> {
                long start = events.getVarint();
                long end = start + events.getVarint();
                int prot = events.getInt(7, "a protection");
                if (start < 0 || end <= start) {
                    throw new EventBuffer.Malformed("a mapping that ends before it begins");
                }
                sink.initialMapping(process, start, end, prot, events.getText());
            }
            case TraceFileLayout.THREAD_STARTED -> sink.threadStarted(process, thread());
            case TraceFileLayout.ACCESSES -> accesses(sink, process);
            case TraceFileLayout.SYSTEM_CALL -> {
                int thread = thread();
                int number = events.getInt(Integer.MAX_VALUE, "a call's number");
                for (int i = 0; i < args.length; i++) {
                    args[i] = events.getSigned();
                }
                sink.systemCall(process, thread, number, args, events.getSigned());
            }
            case TraceFileLayout.THREAD_EXITED -> sink.threadExited(process, thread());
            case TraceFileLayout.PROCESS_EXITED -> sink.processExited(process, events.getInt(255, "a status"));
            default -> throw new EventBuffer.Malformed("an event of kind " + kind);
        }
    }

    private int thread() {
        return events.getInt(Integer.MAX_VALUE, "a thread number");
    }

    private void accesses(TraceSink sink, int process) {
        int thread = thread();
        batch.clear();
        batch.instructions = events.getVarint();
        int size = events.getInt(TraceFileLayout.MAX_BATCH, "the size of a batch");
        long[] va = batch.va;
        int[] meta = batch.meta;
        long previous = 0;
        long sum = 0;
        for (int i = 0; i < size; i++) {
            long word = events.getVarint();
            long zigzag = word >>> 3;
            int flags = (int) word & (AccessBatch.STORE | AccessBatch.KERNEL);
            int count = (word & 4) == 0 ? 1 : events.getInt(1 << 28, "a count");
            previous += zigzag >>> 1 ^ -(zigzag & 1);
            if (previous < 0) {
                throw new EventBuffer.Malformed("an access outside user space");
            }
            va[i] = previous;
            meta[i] = count << AccessBatch.COUNT_SHIFT | flags;
            sum += count;
        }
        batch.size = size;
        accesses += sum;
        entries += size;
        instructions += batch.instructions;
        sink.accesses(process, thread, batch);
    }

    private void checkTotals(InputStream in) throws IOException {
        boolean agrees;
        try {
            agrees = events.getVarint() == accesses
                    && events.getVarint() == entries
                    && events.getVarint() == instructions
                    && !events.hasMore();
        } catch (EventBuffer.Malformed e) {
            agrees = false;
        }
        if (!agrees || !hasEnded || in.read() >= 0) {
            throw new TraceException(file, position, "the totals do not agree with the events: the trace is damaged");
        }
    }
}
