package dev.mitosis.workloads.trace;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdException;
import dev.mitosis.halsim.cpu.AccessBatch;
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
 * decompressed. A file that ends within a block or without its totals was cut short: its writer was killed, or its disk full. What is
 * there is read, the end then says that the recording is not whole.
 *
 * <p>Errors: {@link TraceException} with file and byte. Events before that were handed on already.
 */
public final class TraceFileReader {
    private static final int CUT_SHORT = 0;
    private static final TracePart[] PARTS = TracePart.values();

    private final Path file;
    private final EventBuffer events =
            new EventBuffer(TraceFileLayout.MAX_BLOCK_BYTES + EntryColumns.MAX_ENTRY_BYTES * TraceFileLayout.MAX_BATCH);
    private final byte[] compressed = new byte[(int) Zstd.compressBound(TraceFileLayout.MAX_BLOCK_BYTES)];
    private final EntryColumns columns = new EntryColumns();
    private final AccessBatch batch = new AccessBatch(TraceFileLayout.MAX_BATCH);
    private final long[] args = new long[6];
    private final ByteBuffer header =
            ByteBuffer.allocate(TraceFileLayout.BLOCK_HEADER_BYTES).order(ByteOrder.LITTLE_ENDIAN);
    private long position;
    private long accesses;
    private long entries;
    private long instructions;
    private long accessesLeftOut;
    private long instructionsLeftOut;
    private int lastEvent;
    private boolean hasEnded;
    private boolean isWhole = true;

    public TraceFileReader(Path file) {
        this.file = file;
    }

    /** Hands all events to a sink; false when the file was cut short. */
    public boolean replay(TraceSink sink) throws IOException {
        try (InputStream in = Files.newInputStream(file)) {
            return replay(in, sink);
        }
    }

    /** Hands all events to a sink, from the file's bytes as they come; false when they were cut short. */
    public boolean replay(InputStream in, TraceSink sink) throws IOException {
        begin(in);
        while (next(in, sink)) {
            assert position > 0;
        }
        return isWhole;
    }

    /** Reads what a trace begins with; events come by {@link #next}. */
    public void begin(InputStream in) throws IOException {
        read(in, header.array(), TraceFileLayout.MAGIC_BYTES, "a trace of Mitosis begins with 8 bytes");
        long found = header.getLong(0);
        int version = (int) (found >>> 56);
        if ((found ^ TraceFileLayout.MAGIC) << 8 != 0) {
            throw new TraceException(file, 0, "not a trace of Mitosis");
        }
        lastEvent = TraceFileLayout.lastEvent(version);
        if (lastEvent == 0) {
            throw new TraceException(file, 0, "a trace of version " + version + ", not 1, 2 or 4");
        }
    }

    /** Hands the events of one block to a sink, at most some 2 million of them; false when there is no more. */
    public boolean next(InputStream in, TraceSink sink) throws IOException {
        int kind = readBlock(in);
        if (kind == CUT_SHORT) {
            isWhole = false;
            if (!hasEnded) {
                sink.end(false);
            }
            return false;
        }
        if (kind == TraceFileLayout.TOTALS) {
            checkTotals(in);
            return false;
        }
        long blockEnd = position;
        try {
            while (events.hasMore()) {
                event(sink);
            }
        } catch (EventBuffer.Malformed e) {
            throw new TraceException(file, blockEnd, "in the block that ends here: " + e.getMessage());
        }
        return true;
    }

    private int readBlock(InputStream in) throws IOException {
        long start = position;
        if (!readWhole(in, header.array(), TraceFileLayout.BLOCK_HEADER_BYTES)) {
            return CUT_SHORT;
        }
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
        if (!readWhole(in, compressed, size)) {
            return CUT_SHORT;
        }
        CRC32C sum = new CRC32C();
        sum.update(header.array(), 0, 12);
        sum.update(compressed, 0, size);
        if ((int) sum.getValue() != expected) {
            throw new TraceException(file, start, "the checksum of a block is wrong: the trace is damaged");
        }
        if (!isDecompressed(raw, size)) {
            throw new TraceException(file, start, "a block does not decompress: the trace is damaged");
        }
        events.position = 0;
        events.limit = raw;
        return kind;
    }

    /** The library throws where the sizes that a frame says itself are wrong, and returns less where they are not the block's. */
    private boolean isDecompressed(int raw, int size) {
        try {
            return Zstd.decompressByteArray(events.bytes, 0, raw, compressed, 0, size) == raw;
        } catch (ZstdException damaged) {
            return false;
        }
    }

    private void read(InputStream in, byte[] into, int length, String whatIfShort) throws IOException {
        if (!readWhole(in, into, length)) {
            throw new TraceException(file, position, whatIfShort);
        }
    }

    private boolean readWhole(InputStream in, byte[] into, int length) throws IOException {
        int got = in.readNBytes(into, 0, length);
        position += got;
        return got == length;
    }

    private void event(TraceSink sink) {
        if (hasEnded) {
            throw new EventBuffer.Malformed("an event after the end");
        }
        int kind = events.getInt(lastEvent, "an event's kind");
        if (kind == TraceFileLayout.END) {
            hasEnded = true;
            sink.end(events.getInt(1, "the end's flag") == 1);
            return;
        }
        if (kind == TraceFileLayout.PART) {
            sink.part(PARTS[events.getInt(PARTS.length - 1, "a part of the trace")]);
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
            case TraceFileLayout.DETAILED_ACCESSES -> detailed(sink, process);
            case TraceFileLayout.LEFT_OUT -> {
                int thread = thread();
                long left = events.getVarint();
                long instructionsLeft = events.getVarint();
                countLeftOut(left, instructionsLeft);
                sink.leftOut(process, thread, left, instructionsLeft);
            }
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
        countInstructions(batch.instructions);
        int size = events.getInt(TraceFileLayout.MAX_BATCH, "the size of a batch");
        long[] va = batch.va;
        int[] meta = batch.meta;
        long previous = 0;
        long sum = 0;
        for (int i = 0; i < size; i++) {
            long word = events.getVarint();
            long zigzag = word >>> 3;
            int flags = (int) word & (AccessBatch.STORE | AccessBatch.KERNEL);
            int count = (word & 4) == 0 ? 1 : events.getInt(EntryColumns.MAX_COUNT, "a count");
            if (count < 1) {
                throw new EventBuffer.Malformed("an entry that stands for no access");
            }
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
        sink.accesses(process, thread, batch);
    }

    private void detailed(TraceSink sink, int process) {
        int thread = thread();
        batch.clear();
        batch.isDetailed = true;
        batch.instructions = events.getVarint();
        batch.multiplies = events.getVarint();
        batch.divides = events.getVarint();
        batch.floatingPoints = events.getVarint();
        batch.branches = events.getVarint();
        countInstructions(batch.instructions);
        long kinds = batch.multiplies | batch.divides | batch.floatingPoints | batch.branches;
        if (kinds < 0 || kinds >= TraceFileLayout.MAX_TOTAL) {
            throw new EventBuffer.Malformed("more than 2^53 instructions of a kind");
        }
        int size = events.getInt(TraceFileLayout.MAX_BATCH, "the size of a batch");
        accesses += columns.get(events, batch, size);
        entries += size;
        sink.accesses(process, thread, batch);
    }

    private void countInstructions(long more) {
        if (more < 0 || more > TraceFileLayout.MAX_TOTAL - instructions) {
            throw new EventBuffer.Malformed("more than 2^53 instructions in all");
        }
        instructions += more;
    }

    private void countLeftOut(long more, long moreInstructions) {
        if (more < 0
                || more > TraceFileLayout.MAX_TOTAL - accessesLeftOut
                || moreInstructions < 0
                || moreInstructions > TraceFileLayout.MAX_TOTAL - instructionsLeftOut) {
            throw new EventBuffer.Malformed("more than 2^53 accesses or instructions left out in all");
        }
        accessesLeftOut += more;
        instructionsLeftOut += moreInstructions;
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
