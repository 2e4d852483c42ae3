package dev.mitosis.workloads.synthetic;

import dev.mitosis.halsim.cpu.AccessBatch;
import java.util.List;

/**
 * STREAM: copy, scale, add and triad over three arrays, a part for each thread, without end: the neighbour that keeps a node busy.
 *
 * <pre>
 *   copy   c = a          scale  b = s c
 *   add    c = a + b      triad  a = b + s c
 * </pre>
 *
 * <p>A line of eight words is one operation: loads of eight words folded into one access for each array read, stores into one for the array
 * written.
 *
 * <p>Source: McCalpin, STREAM 5.10; the interference of Mitosis (ASPLOS'20) and vMitosis (ASPLOS'21): 10^9 elements an array, 24 GB.
 */
public final class Stream implements Workload {
    private static final long ELEMENTS = 1_000_000_000L;
    private static final int WORD_BYTES = 8;
    private static final int LINE_WORDS = 8;
    private static final int KERNELS = 4;
    /** Loads, arithmetic, store and loop of eight words, two words an instruction as compiled with -O2. */
    private static final int INSTRUCTIONS_PER_LINE = 24;
    /** The arrays that each kernel reads, and the one that it writes. */
    private static final int[][] READ = {{0}, {2}, {0, 1}, {1, 2}};

    private static final int[] WRITTEN = {2, 1, 2, 0};

    @Override
    public String name() {
        return "stream";
    }

    @Override
    public String description() {
        return "copy, scale, add and triad over three arrays of " + (ELEMENTS * WORD_BYTES >> 30) + " GiB";
    }

    @Override
    public List<MemoryArea> areas() {
        return List.of(
                MemoryArea.of("a", ELEMENTS * WORD_BYTES),
                MemoryArea.of("b", ELEMENTS * WORD_BYTES),
                MemoryArea.of("c", ELEMENTS * WORD_BYTES));
    }

    @Override
    public int threads(int cores) {
        return cores;
    }

    @Override
    public AccessStream stream(int thread, int threads, long[] areaVa, long seed) {
        long lines = ELEMENTS / LINE_WORDS;
        long from = lines * thread / threads;
        long to = lines * (thread + 1) / threads;
        return new OperationStream(3) {
            private int kernel;
            /** It runs without end, so that any moment is as good as its start. */
            private long line = from + Math.floorMod(SplitMix.mix(seed), to - from);

            @Override
            void operation(AccessBatch batch) {
                long offset = line * LINE_WORDS * WORD_BYTES;
                for (int array : READ[kernel]) {
                    batch.add(areaVa[array] + offset, 0, LINE_WORDS);
                }
                batch.add(areaVa[WRITTEN[kernel]] + offset, AccessBatch.STORE, LINE_WORDS);
                batch.instructions += INSTRUCTIONS_PER_LINE;
                if (++line == to) {
                    line = from;
                    kernel = (kernel + 1) % KERNELS;
                }
            }
        };
    }
}
