package dev.mitosis.workloads.trace;

import dev.mitosis.halsim.cpu.AccessBatch;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One reading of a trace that feeds several sinks: each block is decoded once, and handed to all of them.
 *
 * <pre>
 *   file ──► block ──► EventChunk ──► sink 0        a ring of chunks: who is behind is served first,
 *                          │     └──► sink 1        and the next block is decoded while others are at work
 *                          └────────► sink 2
 * </pre>
 *
 * <p>Each sink gets the events in their order, from one thread at a time; so it comes to the same as if it had read the trace alone.
 *
 * <p>Concurrency: {@link #work} is called by as many threads as are to take part, and returns when there is nothing left to do.
 */
public final class SharedReading implements AutoCloseable {
    /** Chunks that are decoded ahead of the slowest sink. */
    private static final int RING = 3;

    private static final int FREE = -1;

    private final InputStream in;
    private final TraceFileReader reader;
    private final List<TraceSink> sinks;
    private final EventChunk[] ring = new EventChunk[RING];
    /** Blocks that each sink has taken; and whether a thread is at it. */
    private final long[] taken;

    private final boolean[] isBusy;
    private final AccessBatch[] batches;
    private long decoded;
    private boolean isDecoding;
    private boolean isAtEnd;
    private @Nullable Throwable failure;

    /** A reading of a file for some sinks. */
    public SharedReading(Path file, List<? extends TraceSink> sinks) throws IOException {
        this.sinks = List.copyOf(sinks);
        taken = new long[sinks.size()];
        isBusy = new boolean[sinks.size()];
        batches = new AccessBatch[sinks.size()];
        Arrays.setAll(batches, i -> new AccessBatch(TraceFileLayout.MAX_BATCH));
        Arrays.setAll(ring, i -> new EventChunk());
        reader = new TraceFileReader(file);
        in = Files.newInputStream(file);
        try {
            reader.begin(in);
        } catch (IOException | RuntimeException e) {
            in.close();
            throw e;
        }
    }

    /** Does a share of the work, until all sinks have all events. A failure of one ends all. */
    public void work() throws IOException {
        for (int task = next(); task != sinks.size() + 1; task = next()) {
            try {
                if (task == sinks.size()) {
                    decode();
                } else {
                    ring[(int) (taken[task] % RING)].replay(sinks.get(task), batches[task]);
                }
            } catch (IOException | RuntimeException | Error e) {
                fail(e);
            }
            done(task);
        }
        rethrow();
    }

    private void decode() throws IOException {
        EventChunk chunk = ring[(int) (decoded % RING)];
        chunk.clear();
        boolean isMore = reader.next(in, chunk);
        synchronized (this) {
            isAtEnd = !isMore;
        }
    }

    /** A sink to be served, or the number of sinks to decode a block, or one more when all is done. */
    private synchronized int next() {
        while (failure == null) {
            int behind = FREE;
            long least = decoded;
            for (int i = 0; i < taken.length; i++) {
                least = Math.min(least, taken[i]);
                if (!isBusy[i] && taken[i] < decoded && (behind == FREE || taken[i] < taken[behind])) {
                    behind = i;
                }
            }
            if (isAtEnd && least == decoded) {
                break;
            }
            boolean hasRoom = !isAtEnd && !isDecoding && decoded - least < RING;
            // Blocks are decoded as soon as nobody has a second one to go on with.
            if (hasRoom && (behind == FREE || decoded - least < 2)) {
                isDecoding = true;
                return sinks.size();
            }
            if (behind != FREE) {
                isBusy[behind] = true;
                return behind;
            }
            try {
                wait();
            } catch (InterruptedException e) {
                fail(new IOException("interrupted while reading a trace", e));
                Thread.currentThread().interrupt();
            }
        }
        return sinks.size() + 1;
    }

    private synchronized void done(int task) {
        if (task == sinks.size()) {
            isDecoding = false;
            decoded++;
        } else {
            isBusy[task] = false;
            taken[task]++;
        }
        notifyAll();
    }

    private synchronized void fail(Throwable e) {
        if (failure == null) {
            failure = e;
        }
        notifyAll();
    }

    private synchronized void rethrow() throws IOException {
        if (failure instanceof IOException outside) {
            throw outside;
        }
        if (failure instanceof RuntimeException defect) {
            throw defect;
        }
        if (failure instanceof Error full) {
            throw full;
        }
    }

    @Override
    public void close() throws IOException {
        in.close();
    }
}
