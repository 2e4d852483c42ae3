package dev.mitosis.workloads.synthetic;

import dev.mitosis.halsim.cpu.AccessBatch;
import java.util.List;

/**
 * Simulated annealing of a netlist: two elements are compared at each other's places. One of the two is the new one of the swap before, so
 * a swap brings one element, its place and its ten neighbours with theirs.
 *
 * <pre>
 *   element     88 bytes   two vectors, the pointer to its place, a name: one array
 *   place        8 bytes   x and y: a vector for each column of the chip
 *   fan-in      80 bytes   five pointers to elements, grown by doubling to eight, and the heap's header
 *   fan-out     64 bytes   about as many: room for four or eight
 *   names       80 bytes   the map of names, used while loading only
 * </pre>
 *
 * <p>The places are the first of the heap, and khugepaged collapses that much of it while the netlist is read (16 MiB in 10 seconds), so
 * they count as mapped at once.
 *
 * <p>Of a neighbour the pointer to its place is read, then the place. Connections are random, so neighbours are anywhere; an element's
 * place is the one that it was given in their order, until it is swapped.
 *
 * <p>Source: PARSEC {@code canneal/src/annealer_thread.cpp:Run} ("only get one new element"), {@code netlist_elem.cpp:swap_cost}; the
 * benchmark "canneal" of Mitosis (ASPLOS'20): 100 million elements (32 GB) on one socket, run with one thread by the artifact's {@code
 * run_f6f10_one.sh}; 1,200 million (382 GB) on all.
 */
public final class Canneal implements Workload {
    private static final int ELEMENT_BYTES = 88;
    /** In an element, after its two vectors. */
    private static final int PLACE_POINTER_OFFSET = 48;

    private static final int FAN_IN_BYTES = 80;
    private static final int FAN_OUT_BYTES = 64;
    private static final int PLACE_BYTES = 8;
    private static final int LOADING_BYTES = 80;
    private static final int CONNECTIONS = 5;
    private static final int INSTRUCTIONS_PER_SWAP = 120;
    private static final int INSTRUCTIONS_PER_NEIGHBOUR = 20;

    private final String name;
    private final long elements;
    private final int threads;

    /** The netlist on one socket. */
    public Canneal() {
        this("canneal", 100_000_000L, 1);
    }

    private Canneal(String name, long elements, int threads) {
        this.name = name;
        this.elements = elements;
        this.threads = threads;
    }

    /** The netlist on one socket, as vMitosis has it in a guest. */
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
                MemoryArea.grown("fan-in", elements * FAN_IN_BYTES),
                MemoryArea.grown("fan-out", elements * FAN_OUT_BYTES),
                MemoryArea.of("places", elements * PLACE_BYTES),
                MemoryArea.grown("names", elements * LOADING_BYTES));
    }

    @Override
    public int threads(int cores) {
        return Math.min(threads, cores);
    }

    /** One thread reads the netlist: {@code netlist.cpp}. */
    @Override
    public boolean isLoadedByOne(MemoryArea area) {
        return true;
    }

    @Override
    public AccessStream stream(int thread, int threads, long[] areaVa, long seed) {
        SplitMix random = new SplitMix(SplitMix.mix(seed * threads + thread));
        return new OperationStream(2 * (5 + 4 * CONNECTIONS)) {
            private long last = random.below(elements);

            @Override
            void operation(AccessBatch batch) {
                long next = random.below(elements);
                cost(batch, last);
                cost(batch, next);
                batch.instructions += INSTRUCTIONS_PER_SWAP;
                last = next;
            }

            private void cost(AccessBatch batch, long element) {
                long va = areaVa[0] + element * ELEMENT_BYTES;
                int first = batch.size;
                batch.add(va, 0, 2);
                long pointerVa = va + PLACE_POINTER_OFFSET;
                if (pointerVa >> 6 != va >> 6) {
                    batch.add(pointerVa, false);
                }
                batch.add(areaVa[3] + element * PLACE_BYTES, 0, 2, 1);
                neighbours(batch, areaVa[1] + element * FAN_IN_BYTES, first, 2 * element);
                neighbours(batch, areaVa[2] + element * FAN_OUT_BYTES, first, 2 * element + 1);
            }

            /** The vector's address is in the element; those of the neighbours are in the vector. */
            private void neighbours(AccessBatch batch, long vectorVa, int first, long seedOfList) {
                int vector = batch.size;
                batch.add(vectorVa, 0, CONNECTIONS, vector - first);
                for (int i = 0; i < CONNECTIONS; i++) {
                    long hash = SplitMix.mix(seedOfList * CONNECTIONS + i);
                    long other = Math.multiplyHigh(hash >>> 1, elements << 1);
                    batch.add(areaVa[0] + other * ELEMENT_BYTES + PLACE_POINTER_OFFSET, 0, 1, batch.size - vector);
                    batch.add(areaVa[3] + other * PLACE_BYTES, 0, 2, 1);
                    batch.instructions += INSTRUCTIONS_PER_NEIGHBOUR;
                }
            }
        };
    }
}
