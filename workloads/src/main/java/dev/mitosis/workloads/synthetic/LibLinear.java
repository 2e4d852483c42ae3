package dev.mitosis.workloads.synthetic;

import dev.mitosis.halsim.AccessBatch;
import java.util.List;

/**
 * L1-regularised logistic regression by coordinate descent: column after column of a sparse matrix, and for each of its entries the
 * state of that row.
 *
 * <pre>
 *   columns   16 bytes an entry   index and value, read in order
 *   rows      16 bytes an entry   the matrix as it was read; used while loading only
 *   state     2 x 8 bytes a row   exp(wTx) and tau: read and written at random
 *   weights   8 bytes a column
 * </pre>
 *
 * <p>Columns are short or very long: features follow a power law. The rows of a column stand in ascending order, so a long column goes
 * through the state in small steps and a short one jumps.
 *
 * <p>Source: LIBLINEAR {@code linear.cpp:solve_l1r_lr} ({@code -s 6}) on kdd12 (149.6 million rows of 11 entries, 54.7 million features);
 * the benchmark "liblinear" of Mitosis (ASPLOS'20) table 4: 67 GB, all cores of a socket.
 */
public final class LibLinear implements Workload {
    private static final long ROWS = 149_639_105L;
    private static final int ENTRIES_PER_ROW = 11;
    private static final long FEATURES = 54_686_452L;
    private static final int NODE_BYTES = 16;
    private static final int STATE_BYTES = 8;
    private static final int INSTRUCTIONS_PER_ENTRY = 14;
    private static final int INSTRUCTIONS_PER_COLUMN = 60;
    /** Columns longer than this are walked entry by entry, in pieces of this. */
    private static final int PIECE = 64;

    @Override
    public String name() {
        return "liblinear";
    }

    @Override
    public String description() {
        return "coordinate descent over the columns of kdd12, " + (footprintBytes() >> 30) + " GiB";
    }

    @Override
    public List<MemoryArea> areas() {
        long entries = ROWS * (ENTRIES_PER_ROW + 1);
        return List.of(
                MemoryArea.of("columns", entries * NODE_BYTES),
                MemoryArea.of("rows", entries * NODE_BYTES),
                MemoryArea.of("exp_wTx", ROWS * STATE_BYTES),
                MemoryArea.of("tau", ROWS * STATE_BYTES),
                MemoryArea.of("xTd and D", ROWS * STATE_BYTES * 4),
                MemoryArea.of("weights", FEATURES * STATE_BYTES * 3));
    }

    @Override
    public int threads(int cores) {
        return cores;
    }

    @Override
    public double baseCpi() {
        return 0.6;
    }

    @Override
    public double memoryParallelism() {
        return INDEPENDENT_MISSES;
    }

    @Override
    public boolean overlapsWalks() {
        return true;
    }

    @Override
    public AccessStream stream(int thread, int threads, long[] areaVa, long seed) {
        SplitMix random = new SplitMix(SplitMix.mix(seed * threads + thread));
        return new OperationStream(3 * PIECE + 4) {
            @Override
            void operation(AccessBatch batch) {
                long feature = random.below(FEATURES);
                batch.add(areaVa[5] + feature * STATE_BYTES, 0, 2);
                batch.instructions += INSTRUCTIONS_PER_COLUMN;
                // Half of all entries are in long columns: a piece of one; the rest in columns of a few.
                boolean isLong = (random.next() & 1) == 0;
                int count = isLong ? PIECE : 1 + (int) random.below(8);
                long step = isLong ? 1 + random.below(64) : 0;
                long row = random.below(ROWS);
                long node = random.below(ROWS * ENTRIES_PER_ROW - PIECE);
                for (int i = 0; i < count; i++) {
                    long nodeVa = areaVa[0] + (node + i) * NODE_BYTES;
                    if (i == 0 || (nodeVa & 63) < NODE_BYTES) {
                        batch.add(nodeVa, 0, 4);
                    }
                    batch.add(areaVa[2] + row * STATE_BYTES, AccessBatch.STORE, 2);
                    batch.add(areaVa[3] + row * STATE_BYTES, false);
                    batch.instructions += INSTRUCTIONS_PER_ENTRY;
                    row = isLong ? (row + step) % ROWS : random.below(ROWS);
                }
            }
        };
    }
}
