package dev.mitosis.workloads.synthetic;

import dev.mitosis.halsim.cpu.AccessBatch;
import java.util.List;

/**
 * Breadth-first search of Graph500: for each vertex of the front its neighbours, and for each of them whether it was seen.
 *
 * <pre>
 *   offsets      16 bytes a vertex       begin and end: read at random, as the front has it
 *   neighbours    8 bytes an edge end    a piece read in order
 *   parents       8 bytes a vertex       read at random by a power law, written once
 *   edge list    16 bytes an edge        used while the graph is made only
 * </pre>
 *
 * <p>Source: Graph500 reference code 2.1 {@code omp-csr.c:make_bfs_tree}; the benchmark "graph500" of Mitosis (ASPLOS'20):
 * {@code -s 29 -e 21}, 420 GB on all sockets; vMitosis (ASPLOS'21) {@code -s 30 -e 52}.
 */
public final class Graph500 implements Workload {
    private static final long VERTICES = 1L << 29;
    private static final int NEIGHBOUR_BYTES = 8;
    private static final int OFFSET_BYTES = 16;
    private static final int PARENT_BYTES = 8;
    private static final int EDGE_BYTES = 16;
    /** What the benchmark holds besides: the queue of vertices, and the second copy while it sorts. */
    private static final long OTHER_BYTES = 40L << 30;

    private static final int INSTRUCTIONS_PER_VERTEX = 25;
    private static final int INSTRUCTIONS_PER_NEIGHBOUR = 8;

    private final String name;
    private final int edgesPerVertex;
    /** Neighbours of a vertex that are looked at in one operation. */
    private final int degree;

    /** The graph of 420 GB. */
    public Graph500() {
        this("graph500", 21);
    }

    private Graph500(String name, int edgesPerVertex) {
        this.name = name;
        this.edgesPerVertex = edgesPerVertex;
        this.degree = 2 * edgesPerVertex;
    }

    /** The graph on all sockets of a guest: 600 GB of the 1,280 of vMitosis. */
    static Graph500 guestWide() {
        return new Graph500("graph500-guest-wide", 32);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String description() {
        return "breadth-first search of a Kronecker graph of scale 29, " + (footprintBytes() >> 30) + " GiB";
    }

    @Override
    public List<MemoryArea> areas() {
        return List.of(
                MemoryArea.of("offsets", VERTICES * OFFSET_BYTES),
                MemoryArea.of("neighbours", VERTICES * degree * NEIGHBOUR_BYTES),
                MemoryArea.of("parents", VERTICES * PARENT_BYTES),
                MemoryArea.of("edge list", VERTICES * edgesPerVertex * EDGE_BYTES),
                MemoryArea.of("queue", OTHER_BYTES));
    }

    @Override
    public int threads(int cores) {
        return cores;
    }

    @Override
    public AccessStream stream(int thread, int threads, long[] areaVa, long seed) {
        SplitMix random = new SplitMix(SplitMix.mix(seed * threads + thread));
        return new OperationStream(2 + 2 * degree) {
            private long queued = random.below(OTHER_BYTES >> 4);

            @Override
            void operation(AccessBatch batch) {
                long vertex = PowerLaw.vertex(random, VERTICES);
                batch.add(areaVa[4] + queued * 8, false);
                queued = (queued + 1) % (OTHER_BYTES >> 4);
                batch.add(areaVa[0] + vertex * OFFSET_BYTES, 0, 2, 1);
                int offsets = batch.size - 1;
                for (int i = 0; i < degree; i++) {
                    if (i % 8 == 0) {
                        batch.add(areaVa[1] + (vertex * degree + i) * NEIGHBOUR_BYTES, 0, 8, batch.size - offsets);
                    }
                    long neighbour = PowerLaw.vertex(random, VERTICES);
                    batch.add(areaVa[2] + neighbour * PARENT_BYTES, 0, 1, i % 8 + 1);
                }
                batch.instructions += INSTRUCTIONS_PER_VERTEX + (long) degree * INSTRUCTIONS_PER_NEIGHBOUR;
            }
        };
    }
}
