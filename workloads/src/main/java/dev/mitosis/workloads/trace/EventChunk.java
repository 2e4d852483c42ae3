package dev.mitosis.workloads.trace;

import dev.mitosis.halsim.cpu.AccessBatch;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * The events of one block of a trace, decoded, to be handed to several sinks by several threads.
 *
 * <p>Shape: entries of all batches one after the other in flat arrays; a list of events, of which those without accesses are kept as what
 * is to be done with a sink.
 *
 * <p>Concurrency: filled by one thread, then read by any number.
 */
final class EventChunk implements TraceSink {
    private static final int FIELDS = 3;

    private long[] va = new long[1 << 16];
    private int[] meta = new int[1 << 16];
    private byte[] distance = new byte[1 << 16];
    private int entries;
    /** Of each batch: process, thread, entries. */
    private int[] batches = new int[FIELDS * 64];

    /** Of each batch: what {@link AccessBatch#setCounts} takes over. */
    private AccessBatch[] counts = new AccessBatch[0];

    private int batchCount;
    /** What comes before the batch of {@link #otherAt}. */
    private final List<Consumer<TraceSink>> others = new ArrayList<>();

    private int[] otherAt = new int[64];

    void clear() {
        entries = 0;
        batchCount = 0;
        others.clear();
    }

    /** Hands all events to a sink. Batches are copied into {@code batch}, which the sink may keep until the next. */
    void replay(TraceSink sink, AccessBatch batch) {
        int other = 0;
        int at = 0;
        for (int i = 0; i < batchCount; i++) {
            while (other < others.size() && otherAt[other] == i) {
                others.get(other++).accept(sink);
            }
            int size = batches[FIELDS * i + 2];
            System.arraycopy(va, at, batch.va, 0, size);
            System.arraycopy(meta, at, batch.meta, 0, size);
            System.arraycopy(distance, at, batch.distance, 0, size);
            batch.size = size;
            batch.setCounts(counts[i]);
            sink.accesses(batches[FIELDS * i], batches[FIELDS * i + 1], batch);
            at += size;
        }
        while (other < others.size()) {
            others.get(other++).accept(sink);
        }
    }

    private void other(Consumer<TraceSink> event) {
        if (others.size() == otherAt.length) {
            otherAt = Arrays.copyOf(otherAt, 2 * otherAt.length);
        }
        otherAt[others.size()] = batchCount;
        others.add(event);
    }

    @Override
    public void accesses(int process, int thread, AccessBatch batch) {
        if (va.length - entries < batch.size) {
            va = Arrays.copyOf(va, 2 * va.length);
            meta = Arrays.copyOf(meta, va.length);
            distance = Arrays.copyOf(distance, va.length);
        }
        if (batchCount == counts.length) {
            growBatches();
        }
        System.arraycopy(batch.va, 0, va, entries, batch.size);
        System.arraycopy(batch.meta, 0, meta, entries, batch.size);
        System.arraycopy(batch.distance, 0, distance, entries, batch.size);
        entries += batch.size;
        batches[FIELDS * batchCount] = process;
        batches[FIELDS * batchCount + 1] = thread;
        batches[FIELDS * batchCount + 2] = batch.size;
        counts[batchCount++].setCounts(batch);
    }

    private void growBatches() {
        counts = Arrays.copyOf(counts, Math.max(64, 2 * batchCount));
        for (int i = batchCount; i < counts.length; i++) {
            counts[i] = new AccessBatch(0);
        }
        batches = Arrays.copyOf(batches, FIELDS * counts.length);
    }

    @Override
    public void processStarted(int process, int parent, boolean sharesMemory, String command) {
        other(sink -> sink.processStarted(process, parent, sharesMemory, command));
    }

    @Override
    public void initialMapping(int process, long startVa, long endVa, int prot, String name) {
        other(sink -> sink.initialMapping(process, startVa, endVa, prot, name));
    }

    @Override
    public void threadStarted(int process, int thread) {
        other(sink -> sink.threadStarted(process, thread));
    }

    @Override
    public void part(TracePart part) {
        other(sink -> sink.part(part));
    }

    @Override
    public void leftOut(int process, int thread, long accesses, long left) {
        other(sink -> sink.leftOut(process, thread, accesses, left));
    }

    @Override
    public void systemCall(int process, int thread, int number, long[] args, long result) {
        long[] kept = args.clone();
        other(sink -> sink.systemCall(process, thread, number, kept, result));
    }

    @Override
    public void threadExited(int process, int thread) {
        other(sink -> sink.threadExited(process, thread));
    }

    @Override
    public void processExited(int process, int status) {
        other(sink -> sink.processExited(process, status));
    }

    @Override
    public void end(boolean complete) {
        other(sink -> sink.end(complete));
    }
}
