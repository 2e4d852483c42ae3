package dev.mitosis.lab.replay;

import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.workloads.trace.ForwardingSink;
import dev.mitosis.workloads.trace.TracePart;
import dev.mitosis.workloads.trace.TraceSink;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Watches a program's working set grow, so that one can tell afterwards when it had loaded its data.
 *
 * <p>Shape: a bit for each page touched, and a curve of at most {@value #SAMPLES} points (accesses so far, pages so far); when it
 * is full every second point goes. Memory: one bit a page of the footprint.
 */
public final class GrowthWatcher extends ForwardingSink {
    private static final int SAMPLES = 4096;
    private static final int CHUNK_SHIFT = 21;
    private static final int RECENT_SHIFT = 54;
    private static final int RECENT = 1 << Long.SIZE - RECENT_SHIFT;
    private static final int RECENT_PAGES_SHIFT = 52;
    private static final int RECENT_PAGES = 1 << Long.SIZE - RECENT_PAGES_SHIFT;
    /** Spreads keys: stack and heap often have the same low bits. */
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

    private static final double LOADED_SHARE = 0.95;

    private final Map<Long, long[]> chunks = new HashMap<>();
    private final long[] accessesAt = new long[SAMPLES];
    private final long[] pagesAt = new long[SAMPLES];
    /** Pages touched lately, by a hash of their keys. */
    private final long[] recentPages = new long[RECENT_PAGES];
    /** Chunks looked at lately, by a hash of their keys: a program goes back and forth between some. */
    private final long[] recentKeys = new long[RECENT];

    private final long[][] recentChunks = new long[RECENT][];
    private int samples;
    private long spacing = 1;
    private long batches;
    private long accesses;
    private long entries;
    private long instructions;
    private long pages;
    private int threads;
    private int processes;
    private long recorded;
    private boolean isWhole;
    private boolean isSampled;
    private boolean isWarmUp;

    /** @param next what gets the events after they were watched */
    public GrowthWatcher(TraceSink next) {
        super(next);
    }

    /** Accesses of the program, before folding. */
    public long accesses() {
        return accesses;
    }

    /** Those of them that are in the trace, touches included. */
    public long recorded() {
        return recorded;
    }

    /** Parts of the program are only touches. */
    public boolean isSampled() {
        return isSampled;
    }

    /** The file ends before its totals, whatever its events say. */
    public void cutShort() {
        isWhole = false;
    }

    /** The trace goes to the end of its program. */
    public boolean isWhole() {
        return isWhole;
    }

    /** Entries that stand for them. */
    public long entries() {
        return entries;
    }

    public long instructions() {
        return instructions;
    }

    /** Distinct pages of 4 KiB touched, over all processes. */
    public long pages() {
        return pages;
    }

    public int threads() {
        return threads;
    }

    public int processes() {
        return processes;
    }

    /**
     * How many accesses the program had made when {@value #LOADED_SHARE} of its pages had been touched, but at most half of all:
     * a program that grows to its end is judged on its second half.
     */
    public long loadedAtAccess() {
        for (int i = 0; i < samples; i++) {
            if (pagesAt[i] >= LOADED_SHARE * pages) {
                return Math.min(accessesAt[i], accesses / 2);
            }
        }
        return accesses / 2;
    }

    @Override
    public void accesses(int process, int thread, AccessBatch batch) {
        long raw = 0;
        if (isWarmUp) {
            recorded += batch.rawAccesses();
            super.accesses(process, thread, batch);
            return;
        }
        // A process numbers from 1 here: no page has the key 0 of an empty place.
        long processBits = (long) (process + 1) << 36;
        for (int i = 0; i < batch.size; i++) {
            long page = batch.va[i] >>> 12 | processBits;
            int at = (int) (page * SPREAD >>> RECENT_PAGES_SHIFT);
            if (recentPages[at] != page) {
                recentPages[at] = page;
                touch(process, batch.va[i]);
            }
            raw += batch.meta[i] >>> AccessBatch.COUNT_SHIFT;
        }
        accesses += raw;
        recorded += raw;
        entries += batch.size;
        instructions += batch.instructions;
        if (batches++ % spacing == 0) {
            sample();
        }
        super.accesses(process, thread, batch);
    }

    @Override
    public void part(TracePart next) {
        isSampled |= next.isThin();
        isWarmUp = next == TracePart.WARM_UP;
        super.part(next);
    }

    @Override
    public void leftOut(int process, int thread, long left, long instructionsLeft) {
        accesses += left;
        instructions += instructionsLeft;
        if (batches++ % spacing == 0) {
            sample();
        }
        super.leftOut(process, thread, left, instructionsLeft);
    }

    @Override
    public void end(boolean complete) {
        isWhole = complete;
        super.end(complete);
    }

    private void touch(int process, long va) {
        long key = (long) process << 43 | va >>> CHUNK_SHIFT;
        int at = (int) (key * SPREAD >>> RECENT_SHIFT);
        long[] chunk = recentChunks[at];
        if (key != recentKeys[at] || chunk == null) {
            chunk = chunks.computeIfAbsent(key, fresh -> new long[8]);
            recentChunks[at] = chunk;
            recentKeys[at] = key;
        }
        int page = (int) (va >>> 12) & 511;
        long bit = 1L << page;
        if ((chunk[page >>> 6] & bit) == 0) {
            chunk[page >>> 6] |= bit;
            pages++;
        }
    }

    private void sample() {
        if (samples == SAMPLES) {
            for (int i = 0; i < SAMPLES / 2; i++) {
                accessesAt[i] = accessesAt[2 * i];
                pagesAt[i] = pagesAt[2 * i];
            }
            samples /= 2;
            spacing *= 2;
            Arrays.fill(accessesAt, samples, SAMPLES, 0);
        }
        accessesAt[samples] = accesses;
        pagesAt[samples++] = pages;
    }

    @Override
    public void processStarted(int process, int parent, boolean sharesMemory, String command) {
        if (process == parent) {
            // A new image: its thread is the one that called exec.
            threads--;
        } else {
            processes++;
        }
        super.processStarted(process, parent, sharesMemory, command);
    }

    @Override
    public void threadStarted(int process, int thread) {
        threads++;
        super.threadStarted(process, thread);
    }
}
