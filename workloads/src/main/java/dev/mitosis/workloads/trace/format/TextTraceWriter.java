package dev.mitosis.workloads.trace.format;

import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.workloads.trace.DiscardingSink;
import dev.mitosis.workloads.trace.ForwardingSink;
import dev.mitosis.workloads.trace.PartialFile;
import dev.mitosis.workloads.trace.TraceWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Writes the accesses of a trace as lines of text, one each, for tools that read no more.
 *
 * <p>Lost are mappings, instructions, sizes (each is 1), and which touches the kernel made. Where accesses were folded into a store,
 * the last of them is the store.
 *
 * <p>Errors: {@link UncheckedIOException} when a second process appears and the format has no place for its number.
 */
final class TextTraceWriter extends ForwardingSink implements TraceWriter {
    private static final int BUFFER_BYTES = 64 << 10;
    private static final int LONGEST_LINE_BYTES = 100;

    private final PartialFile file;
    private final Path path;
    private final boolean hasProcesses;
    private final LinePrinter printer;
    private final ByteBuffer text = ByteBuffer.allocate(BUFFER_BYTES);
    private boolean hasEnded;

    /** What a line looks like. */
    interface LinePrinter {
        void print(TextTraceWriter to, int process, int thread, long va, boolean isStore);
    }

    /** A writer that begins with {@code header}, whose lines say which process they are of, or not. */
    TextTraceWriter(Path path, String header, boolean hasProcesses, LinePrinter printer) throws IOException {
        super(new DiscardingSink());
        this.path = path;
        this.hasProcesses = hasProcesses;
        this.printer = printer;
        file = new PartialFile(path);
        put(header);
    }

    @Override
    public void processStarted(int process, int parent, boolean sharesMemory, String command) {
        if (process > 0 && !hasProcesses && !sharesMemory) {
            throw new UncheckedIOException(new IOException(
                    path + ": the trace has more than one process, and this format has no place for that"));
        }
    }

    @Override
    public void accesses(int process, int thread, AccessBatch batch) {
        for (int i = 0; i < batch.size; i++) {
            int meta = batch.meta[i];
            boolean isStore = (meta & AccessBatch.STORE) != 0;
            for (int left = meta >>> AccessBatch.COUNT_SHIFT; left > 0; left--) {
                if (text.remaining() < LONGEST_LINE_BYTES) {
                    flush();
                }
                printer.print(this, process, thread, batch.va[i], isStore && left == 1);
            }
        }
    }

    @Override
    public void end(boolean complete) {
        hasEnded = true;
    }

    TextTraceWriter put(String ascii) {
        text.put(ascii.getBytes(StandardCharsets.US_ASCII));
        return this;
    }

    /** At least {@code digits} hexadecimal digits. */
    TextTraceWriter putHex(long value, int digits) {
        int needed = Math.max(digits, (Long.SIZE - Long.numberOfLeadingZeros(value) + 3) / 4);
        for (int shift = 4 * (needed - 1); shift >= 0; shift -= 4) {
            int digit = (int) (value >>> shift) & 15;
            text.put((byte) (digit < 10 ? '0' + digit : 'a' + digit - 10));
        }
        return this;
    }

    private void flush() {
        file.write(text.flip());
        text.clear();
    }

    @Override
    public void commit() throws IOException {
        if (!hasEnded) {
            throw new IllegalStateException("a trace is committed after its end");
        }
        try {
            flush();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
        file.commit();
    }

    @Override
    public void close() throws IOException {
        file.close();
    }
}
