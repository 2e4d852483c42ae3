package dev.mitosis.workloads.synthetic;

import java.util.List;

/**
 * A benchmark as an address stream over areas of memory.
 *
 * <p>What of its waiting a core hides follows from its accesses: each names the earlier one that its address waits for, be it by data or by
 * a branch that no predictor foresees.
 */
public interface Workload {
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
