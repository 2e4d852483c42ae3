package dev.mitosis.workloads.synthetic;

import dev.mitosis.halsim.cpu.AccessBatch;
import java.util.List;

/**
 * GUPS: read-modify-writes of random words of one table.
 *
 * <p>An update takes the next number {@code r} of the HPCC sequence, divides it by the size n of the table, and changes {@code Table[r mod n]} and {@code Table[n - 1 - r
 * mod n]}. The words of the sequence itself stay in the first-level cache and are not part of the stream.
 *
 * <p>Source: HPC Challenge RandomAccess; Mitosis (ASPLOS'20) table 4 (64 GB, one thread).
 */
public final class Gups implements Workload {
    /** The primitive polynomial of the HPCC sequence. */
    private static final long POLYNOMIAL = 7;

    private static final int WORD_BYTES = 8;
    private static final int INSTRUCTIONS_PER_UPDATE = 14;

    private final long tableBytes;

    /** A table of 64 GiB, as in the papers. */
    public Gups() {
        this(64L << 30);
    }

    /** A table of a power of two of bytes. */
    public Gups(long tableBytes) {
        if (Long.bitCount(tableBytes) != 1 || tableBytes < 4096) {
            throw new IllegalArgumentException("a table of " + tableBytes + " bytes is not a power of two of pages");
        }
        this.tableBytes = tableBytes;
    }

    @Override
    public String name() {
        return "gups";
    }

    @Override
    public String description() {
        return "random read-modify-writes of one table of " + (tableBytes >> 30) + " GiB";
    }

    @Override
    public List<MemoryArea> areas() {
        return List.of(new MemoryArea("table", tableBytes, 2L << 20));
    }

    @Override
    public AccessStream stream(int thread, int threads, long[] areaVa, long seed) {
        return new Updates(areaVa[0], tableBytes / WORD_BYTES, SplitMix.mix(seed * threads + thread) | 1);
    }

    private static final class Updates implements AccessStream {
        private final long tableVa;
        private final long wordMask;
        private long random;

        Updates(long tableVa, long words, long start) {
            this.tableVa = tableVa;
            this.wordMask = words - 1;
            this.random = start;
        }

        @Override
        public void fill(AccessBatch batch) {
            long r = random;
            int updates = (batch.va.length - batch.size) / 2;
            for (int i = 0; i < updates; i++) {
                r = (r << 1) ^ (r >> 63 & POLYNOMIAL);
                long word = scatter(r) & wordMask;
                batch.add(tableVa + word * WORD_BYTES, AccessBatch.STORE, 2);
                batch.add(tableVa + (wordMask - word) * WORD_BYTES, AccessBatch.STORE, 2);
            }
            batch.isDetailed = true;
            batch.instructions += (long) updates * INSTRUCTIONS_PER_UPDATE;
            batch.divides += updates;
            random = r;
        }

        /** HPCC runs 128 sequences side by side, far apart: one sequence alone would walk through neighbouring bits. */
        private static long scatter(long r) {
            return SplitMix.mix(r);
        }
    }
}
