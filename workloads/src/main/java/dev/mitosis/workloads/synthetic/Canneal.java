package dev.mitosis.workloads.synthetic;

import dev.mitosis.halsim.AccessBatch;
import java.util.List;

/**
 * Simulated annealing of a netlist: two random elements are compared at each other's places.
 *
 * <pre>
 *   element    104 bytes   two vectors, a name, the pointer to its place, and the heap's header
 *   fan-in      48 bytes   five pointers to elements and the heap's header
 *   fan-out     64 bytes   about as many, grown by doubling
 *   place        8 bytes   x and y
 *   name, map   96 bytes   used while loading only
 * </pre>
 *
 * <p>A swap reads both elements with their vectors, and of every neighbour the element and its place. Connections are random, so
 * neighbours are anywhere.
 *
 * <p>Source: PARSEC {@code canneal/src/netlist_elem.cpp:swap_cost}; the benchmark "canneal" of Mitosis (ASPLOS'20): 100 million elements (32
 * GB) on one socket, 1,200 million (382 GB) on all.
 */
public final class Canneal implements Workload {
    private static final int ELEMENT_BYTES = 104;
    private static final int FAN_IN_BYTES = 48;
    private static final int FAN_OUT_BYTES = 64;
    private static final int PLACE_BYTES = 8;
    private static final int LOADING_BYTES = 96;
    private static final int CONNECTIONS = 5;
    private static final int INSTRUCTIONS_PER_SWAP = 120;
    private static final int INSTRUCTIONS_PER_NEIGHBOUR = 20;

    private final String name;
    private final long elements;
    private final int threads;

    /** The netlist on one socket. */
    public Canneal() {
        this("canneal", 100_000_000L, ALL_CORES);
    }

    private Canneal(String name, long elements, int threads) {
        this.name = name;
        this.elements = elements;
        this.threads = threads;
    }

    /** The netlist on one socket, annealed by one thread, as vMitosis has it in a guest. */
    static Canneal single() {
        return new Canneal("canneal-single", 100_000_000L, 1);
    }

    /** The netlist on all sockets. */
    static Canneal wide() {
        return new Canneal("canneal-wide", 1_200_000_000L, ALL_CORES);
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public String description() {
        return "random swaps in a netlist of " + elements / 1_000_000 + " million elements, " + (footprintBytes() >> 30)
                + " GiB";
    }

    @Override
    public List<MemoryArea> areas() {
        return List.of(
                MemoryArea.of("elements", elements * ELEMENT_BYTES),
                MemoryArea.of("fan-in", elements * FAN_IN_BYTES),
                MemoryArea.of("fan-out", elements * FAN_OUT_BYTES),
                MemoryArea.of("places", elements * PLACE_BYTES),
                MemoryArea.of("names", elements * LOADING_BYTES));
    }

    @Override
    public int threads(int cores) {
        return Math.min(threads, cores);
    }

    /** One thread reads the netlist: {@code netlist.cpp}. */
    @Override
    public boolean isLoadedByOne() {
        return true;
    }

    @Override
    public double baseCpi() {
        return 0.7;
    }

    /** The neighbours of an element do not depend on each other, an element and its place do. */
    @Override
    public double memoryParallelism() {
        return 2;
    }

    @Override
    public boolean overlapsWalks() {
        return false;
    }

    @Override
    public AccessStream stream(int thread, int threads, long[] areaVa, long seed) {
        SplitMix random = new SplitMix(SplitMix.mix(seed * threads + thread));
        return new OperationStream(2 * (4 + 4 * CONNECTIONS)) {
            @Override
            void operation(AccessBatch batch) {
                for (int i = 0; i < 2; i++) {
                    long element = random.below(elements);
                    batch.add(areaVa[0] + element * ELEMENT_BYTES, 0, 4);
                    batch.add(areaVa[3] + place(element) * PLACE_BYTES, 0, 2);
                    neighbours(batch, areaVa[1] + element * FAN_IN_BYTES, 2 * element);
                    neighbours(batch, areaVa[2] + element * FAN_OUT_BYTES, 2 * element + 1);
                }
                batch.instructions += INSTRUCTIONS_PER_SWAP;
            }

            private void neighbours(AccessBatch batch, long vectorVa, long seedOfList) {
                batch.add(vectorVa, 0, CONNECTIONS);
                for (int i = 0; i < CONNECTIONS; i++) {
                    long other = bounded(SplitMix.mix(seedOfList * CONNECTIONS + i));
                    batch.add(areaVa[0] + other * ELEMENT_BYTES, false);
                    batch.add(areaVa[3] + place(other) * PLACE_BYTES, 0, 2);
                    batch.instructions += INSTRUCTIONS_PER_NEIGHBOUR;
                }
            }

            private long place(long element) {
                return bounded(SplitMix.mix(~element));
            }

            private long bounded(long hash) {
                return Math.multiplyHigh(hash >>> 1, elements << 1);
            }
        };
    }
}
