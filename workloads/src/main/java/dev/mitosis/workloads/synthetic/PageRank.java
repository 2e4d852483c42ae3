package dev.mitosis.workloads.synthetic;

import dev.mitosis.halsim.cpu.AccessBatch;
import java.util.List;

/**
 * PageRank by pulling, on a graph that the same process has built: its run is one part placing edges and several parts adding up scores.
 *
 * <pre>
 *   edges          8 bytes an edge            the graph as it was made, read in order while it is built
 *   offsets        8 bytes a vertex           counted up at random while it is built, then read in order
 *   neighbours     4 bytes an edge end        written at random while it is built, then read in order
 *   contributions  4 bytes a vertex           read at random: the gather
 *   scores         4 bytes a vertex           written in order
 * </pre>
 *
 * <p>Ends of edges follow a power law: half of all edges lead to few vertices, whose contributions stay in the caches. Placing an end takes
 * an atomic addition, which nothing after it overtakes.
 *
 * <p>Source: the GAP benchmark suite, {@code src/pr.cc} and {@code src/builder.h:MakeCSR}; the benchmark "pagerank" of Mitosis (ASPLOS'20)
 * table 4: 69 GB, all hardware threads of a socket. That is a Kronecker graph of scale 28 with 16 edges a vertex: its edges take 34 GB, and
 * their ends in both directions as much again. An end is placed once and read in each iteration.
 */
public final class PageRank implements Workload {
    private static final int DEGREE = 32;
    private static final int END_BYTES = 4;
    private static final int ENDS_OF_LINE = 64 / END_BYTES;
    private static final int EDGE_BYTES = 8;
    private static final int OFFSET_BYTES = 8;
    private static final int SCORE_BYTES = 4;
    private static final int INSTRUCTIONS_PER_END = 6;
    private static final int INSTRUCTIONS_PER_VERTEX = 30;
    private static final int INSTRUCTIONS_PER_PLACE = 12;

    /** Until scores change by less than the benchmark's bound: the number with which walks fall under huge pages as its local rows do. */
    private static final int ITERATIONS = 8;

    private final long vertices;

    /** The graph of 69 GB. */
    public PageRank() {
        this(1L << 28);
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
                MemoryArea.of("neighbours", vertices * DEGREE * END_BYTES),
                MemoryArea.of("contributions", vertices * SCORE_BYTES),
                MemoryArea.of("scores", vertices * SCORE_BYTES),
                MemoryArea.of("edges", vertices * DEGREE / 2 * EDGE_BYTES));
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
        long share = vertices / threads;
        return new OperationStream(1 + DEGREE + DEGREE / ENDS_OF_LINE + 1) {
            private long at = random.below(share);
            private int turn;

            @Override
            void operation(AccessBatch batch) {
                long vertex = thread * share + at;
                // A vertex's ends are placed in two turns, and added up in one of each iteration.
                if (turn++ % (ITERATIONS + 2) < 2) {
                    place(batch, vertex);
                    return;
                }
                addUp(batch, vertex);
                at = at + 1 == share ? 0 : at + 1;
            }

            private void addUp(AccessBatch batch, long vertex) {
                batch.add(areaVa[0] + vertex * OFFSET_BYTES, 0, 2);
                for (int i = 0; i < DEGREE; i++) {
                    int inLine = i % ENDS_OF_LINE;
                    if (inLine == 0) {
                        long end = vertex * DEGREE + i;
                        batch.add(areaVa[1] + end * END_BYTES, 0, ENDS_OF_LINE, i + 1 + i / ENDS_OF_LINE);
                    }
                    batch.add(areaVa[2] + PowerLaw.vertex(random, vertices) * SCORE_BYTES, 0, 1, inLine + 1);
                }
                batch.add(areaVa[3] + vertex * SCORE_BYTES, AccessBatch.STORE, 1);
                batch.instructions += INSTRUCTIONS_PER_VERTEX + DEGREE * INSTRUCTIONS_PER_END;
            }

            /** Places half as many ends as a vertex has, so that they fit where its additions do. */
            private void place(AccessBatch batch, long vertex) {
                batch.add(areaVa[4] + vertex * DEGREE / 2 * EDGE_BYTES, 0, DEGREE / 4);
                for (int i = 0; i < DEGREE / 2; i++) {
                    long of = PowerLaw.vertex(random, vertices);
                    batch.add(areaVa[0] + of * OFFSET_BYTES, AccessBatch.STORE, 2, i == 0 ? 0 : 2);
                    long slot = of * DEGREE + random.below(DEGREE);
                    batch.add(areaVa[1] + slot * END_BYTES, AccessBatch.STORE, 1, 1);
                    batch.instructions += INSTRUCTIONS_PER_PLACE;
                }
            }
        };
    }
}
