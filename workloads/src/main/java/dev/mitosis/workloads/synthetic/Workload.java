package dev.mitosis.workloads.synthetic;

import java.util.List;

/**
 * A benchmark as an address stream over areas of memory.
 *
 * <p>What its processor-side costs are ({@link #baseCpi}, {@link #memoryParallelism}, {@link #overlapsWalks}) follows from the
 * dependences of its code, and is documented where it is set.
 */
public interface Workload {
    /**
     * Misses under way at once where accesses do not depend on each other, but each first needs a walk: fewer than the ten
     * line-fill buffers of a core, because one walker feeds them. Memory's 280 cycles over a walk of 170, whose leaf table is in the last-level
     * cache (Haswell).
     */
    double INDEPENDENT_MISSES = 1.6;

    /** As many threads as there are cores. */
    int ALL_CORES = Integer.MAX_VALUE;

    /** The name on the command line, in lower case. */
    String name();

    /** One line for people. */
    String description();

    /** What it maps, in this order. */
    List<MemoryArea> areas();

    /**
     * The accesses of a thread.
     *
     * @param thread 0 … {@code threads - 1}
     * @param areaVa where each area begins
     */
    AccessStream stream(int thread, int threads, long[] areaVa, long seed);

    /** Cycles an instruction takes when every access hits the first-level cache. */
    double baseCpi();

    /** Misses of data that the code lets overlap: 1 for a chase, where each address depends on the load before. */
    double memoryParallelism();

    /** Says whether the next access can start while a walk is under way: false for a chase. */
    boolean overlapsWalks();

    /** The threads that it runs on one socket, or on all of them where it is made for that: one, or as many as cores. */
    default int threads(int cores) {
        return 1;
    }

    /** Threads that a core of one socket runs side by side, where it has as many hardware threads. */
    default int threadsOfCore() {
        return 1;
    }

    /**
     * Whether one thread writes all of an area first, so that it fills that thread's node and what does not fit goes to the next ones. Else
     * each thread writes its share first.
     */
    default boolean isLoadedByOne(MemoryArea area) {
        return false;
    }

    /** All areas together. */
    default long footprintBytes() {
        return areas().stream().mapToLong(MemoryArea::sizeBytes).sum();
    }
}
