package dev.mitosis.workloads.synthetic;

import dev.mitosis.halsim.cpu.AccessBatch;
import java.util.List;

/**
 * L1-regularised logistic regression by coordinate descent: column after column of a sparse matrix, and for each of its entries the
 * state of that row.
 *
 * <pre>
 *   columns    16 bytes an entry   index and value, read in order
 *   rows       16 bytes an entry   the matrix as it was read; used while loading only
 *   xTd, D      8 bytes a row      read twice and written where the column has an entry
 *   exp, tau   16 bytes a row      of the line search after each sweep: left out
 *   weights    40 bytes a column   five arrays: weight, its change, gradient, second derivative, where the column begins
 * </pre>
 *
 * <p>Each of a row's eleven entries belongs to a field of the log: three fields have a handful of values, whose columns have an entry
 * every few rows; the others have 15 thousand to 24 million values, of which the r-th most frequent occurs 1 / r times as often as
 * the first. Rows ascend in a column. Columns of less than 4,096 entries get no weight and are shrunk from the sweeps: of the numbers tried
 * (64 to a million) the one whose walk cycles fall under huge pages as those of the published local rows.
 *
 * <p>Source: LIBLINEAR {@code linear.cpp:solve_l1r_lr} ({@code -s 6}) on kdd12 (149.6 million rows of 11 entries, 54.7 million features;
 * the fields are those of KDD Cup 2012, track 2, whose values add up to the features); the benchmark "liblinear" of Mitosis (ASPLOS'20)
 * table 4: 67 GB, all cores of a socket.
 */
public final class LibLinear implements Workload {
    private static final long ROWS = 149_639_105L;
    private static final int ENTRIES_PER_ROW = 11;
    private static final long FEATURES = 54_686_452L;
    /** Values of each field: query, user, title, description, keyword, advertisement, address, advertiser, age, depth, position. */
    private static final long[] FIELD_VALUES = {
        24_122_076L, 22_023_547L, 3_735_796L, 2_934_101L, 1_188_089L, 641_707L, 26_273L, 14_847L, 6L, 3L, 3L
    };

    private static final int NODE_BYTES = 16;
    private static final int STATE_BYTES = 8;
    private static final int WEIGHT_ARRAYS = 5;
    private static final int INSTRUCTIONS_PER_ENTRY = 14;
    private static final int INSTRUCTIONS_PER_COLUMN = 60;
    private static final int FEWEST_ENTRIES = 4096;
    /** Columns are walked in pieces of this. */
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
                MemoryArea.of("xTd", ROWS * STATE_BYTES),
                MemoryArea.of("D", ROWS * STATE_BYTES),
                MemoryArea.of("exp and tau", ROWS * STATE_BYTES * 4),
                MemoryArea.of("weights", FEATURES * STATE_BYTES * WEIGHT_ARRAYS));
    }

    @Override
    public int threads(int cores) {
        return cores;
    }

    /** Its threads are as many as the socket has hardware threads. */
    @Override
    public int threadsOfCore() {
        return 2;
    }

    @Override
    public AccessStream stream(int thread, int threads, long[] areaVa, long seed) {
        SplitMix random = new SplitMix(SplitMix.mix(seed * threads + thread));
        return new OperationStream(3 * PIECE + WEIGHT_ARRAYS + 1) {
            @Override
            void operation(AccessBatch batch) {
                long length = columnLength(random);
                if (random.below(length) < PIECE) {
                    // The piece is the column's first.
                    long feature = random.below(FEATURES);
                    for (int array = 0; array < WEIGHT_ARRAYS; array++) {
                        batch.add(areaVa[5] + (array * FEATURES + feature) * STATE_BYTES, false);
                    }
                    batch.instructions += INSTRUCTIONS_PER_COLUMN;
                }
                long widest = 2 * (ROWS / length) - 1;
                long row = random.below(ROWS);
                long node = random.below(ROWS * ENTRIES_PER_ROW - PIECE);
                int lineOfNodes = batch.size;
                for (int i = 0; i < PIECE; i++) {
                    long nodeVa = areaVa[0] + (node + i) * NODE_BYTES;
                    if (i == 0 || (nodeVa & 63) < NODE_BYTES) {
                        lineOfNodes = batch.size;
                        batch.add(nodeVa, 0, 4);
                    }
                    batch.add(areaVa[2] + row * STATE_BYTES, AccessBatch.STORE, 2, batch.size - lineOfNodes);
                    batch.add(areaVa[3] + row * STATE_BYTES, 0, 1, batch.size - lineOfNodes);
                    batch.instructions += INSTRUCTIONS_PER_ENTRY;
                    row += 1 + random.below(widest);
                    row = row < ROWS ? row : row - ROWS;
                }
            }
        };
    }

    /** The entries of the column that a random entry is in, among columns that are not shrunk away. */
    private static long columnLength(SplitMix random) {
        while (true) {
            long values = FIELD_VALUES[(int) random.below(FIELD_VALUES.length)];
            if (values < FEWEST_ENTRIES) {
                return ROWS / values;
            }
            // Ranks by entries: the logarithm is uniform.
            double range = Math.log((double) values);
            double unit = (random.next() >>> 11) * 0x1.0p-53;
            long length = (long) (ROWS / range / Math.exp(unit * range));
            if (length >= FEWEST_ENTRIES) {
                return length;
            }
        }
    }
}
