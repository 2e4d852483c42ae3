package dev.mitosis.workloads.synthetic;

import dev.mitosis.halsim.cpu.AccessBatch;
import java.util.List;

/**
 * PageRank by pulling: for each vertex the scores of its in-neighbours are added up.
 *
 * <pre>
 *   offsets        8 bytes a vertex           read in order
 *   neighbours     4 bytes an edge            read in order
 *   contributions  4 bytes a vertex           read at random: the gather
 *   scores         4 bytes a vertex           written in order
 * </pre>
 *
 * <p>Neighbours follow a power law: half of all edges lead to few vertices, whose contributions stay in the caches.
 *
 * <p>Source: the GAP benchmark suite {@code src/pr.cc}; the benchmark "pagerank" of Mitosis (ASPLOS'20) table 4: 69 GB, all cores of a
 * socket. That is what the edges of a Kronecker graph of scale 29 take: 16 a vertex, each in both directions.
 */
public final class PageRank implements Workload {
    private static final int DEGREE = 32;
    private static final int EDGE_BYTES = 4;
    private static final int OFFSET_BYTES = 8;
    private static final int SCORE_BYTES = 4;
    private static final int INSTRUCTIONS_PER_EDGE = 6;
    private static final int INSTRUCTIONS_PER_VERTEX = 30;

    private final long vertices;

    /** The graph of 69 GB. */
    public PageRank() {
        this(1L << 29);
    }

    PageRank(long vertices) {
        this.vertices = vertices;
    }

    @Override
    public String name() {
        return "pagerank";
    }

    @Override
    public String description() {
        return "PageRank on a power-law graph of " + vertices / 1_000_000 + " million vertices, "
                + (footprintBytes() >> 30) + " GiB";
    }

    @Override
    public List<MemoryArea> areas() {
        return List.of(
                MemoryArea.of("offsets", vertices * OFFSET_BYTES),
                MemoryArea.of("neighbours", vertices * DEGREE * EDGE_BYTES),
                MemoryArea.of("contributions", vertices * SCORE_BYTES),
                MemoryArea.of("scores", vertices * SCORE_BYTES));
    }

    @Override
    public int threads(int cores) {
        return cores;
    }

    @Override
    public double baseCpi() {
        return 0.4;
    }

    @Override
    public double memoryParallelism() {
        return INDEPENDENT_MISSES;
    }

    /** Its local rows: with huge pages the run time falls by nine tenths of what the walk cycles do, so few of them were hidden. */
    @Override
    public boolean overlapsWalks() {
        return false;
    }

    @Override
    public AccessStream stream(int thread, int threads, long[] areaVa, long seed) {
        SplitMix random = new SplitMix(SplitMix.mix(seed * threads + thread));
        long share = vertices / threads;
        return new OperationStream(DEGREE + 4) {
            private long at = random.below(share);

            @Override
            void operation(AccessBatch batch) {
                long vertex = thread * share + at;
                batch.add(areaVa[0] + vertex * OFFSET_BYTES, 0, 2);
                batch.add(areaVa[1] + vertex * DEGREE * EDGE_BYTES, 0, DEGREE);
                for (int i = 0; i < DEGREE; i++) {
                    batch.add(areaVa[2] + PowerLaw.vertex(random, vertices) * SCORE_BYTES, false);
                }
                batch.add(areaVa[3] + vertex * SCORE_BYTES, AccessBatch.STORE, 1);
                batch.instructions += INSTRUCTIONS_PER_VERTEX + DEGREE * INSTRUCTIONS_PER_EDGE;
                at = at + 1 == share ? 0 : at + 1;
            }
        };
    }
}
