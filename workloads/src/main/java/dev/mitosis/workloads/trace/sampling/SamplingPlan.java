package dev.mitosis.workloads.trace.sampling;

/**
 * How much of a program is to be kept. All numbers count accesses before folding, of all threads together.
 *
 * @param first keep so many from the start, 0 for all
 * @param last keep so many before the end, 0 for all
 * @param window the accesses that count in each period, 0 for no windows
 * @param every the length of a period
 * @param warmUp the lines that fill caches and TLBs before each window, as many as that
 */
public record SamplingPlan(long first, long last, long window, long every, long warmUp) {
    public static final SamplingPlan EVERYTHING = new SamplingPlan(0, 0, 0, 0, 0);

    public SamplingPlan {
        if (first < 0 || last < 0 || window < 0 || every < 0 || warmUp < 0) {
            throw new IllegalArgumentException("a number of accesses cannot be negative");
        }
        int chosen = (first > 0 ? 1 : 0) + (last > 0 ? 1 : 0) + (window > 0 ? 1 : 0);
        if (chosen > 1) {
            throw new IllegalArgumentException("the first accesses, the last ones, or windows: choose one");
        }
        if (window > every) {
            throw new IllegalArgumentException(
                    "a window of " + window + " accesses does not fit into a period of " + every);
        }
        if (window == 0 && (every > 0 || warmUp > 0)) {
            throw new IllegalArgumentException("a period or a warm-up without a window");
        }
    }

    public static SamplingPlan first(long accesses) {
        return new SamplingPlan(accesses, 0, 0, 0, 0);
    }

    public static SamplingPlan last(long accesses) {
        return new SamplingPlan(0, accesses, 0, 0, 0);
    }

    /** A window somewhere in each period; before it the most recent lines. */
    public static SamplingPlan windows(long window, long every, long warmUp) {
        return new SamplingPlan(0, 0, window, every, warmUp);
    }

    public boolean isEverything() {
        return first == 0 && last == 0 && window == 0;
    }

    /**
     * Where in a period its window begins: a hash of the period's number, so that windows do not keep step with a program that repeats
     * itself, and that every recording of a program has the same.
     *
     * <p>Source: the finalizer is SplitMix64's (Steele, Lea, Flood, OOPSLA'14).
     */
    long offset(long period) {
        long hash = (period + 1) * 0x9E3779B97F4A7C15L;
        hash = (hash ^ hash >>> 30) * 0xBF58476D1CE4E5B9L;
        hash = (hash ^ hash >>> 27) * 0x94D049BB133111EBL;
        return Long.remainderUnsigned(hash ^ hash >>> 31, every - window + 1);
    }
}
