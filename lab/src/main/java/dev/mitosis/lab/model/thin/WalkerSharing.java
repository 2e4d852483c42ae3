package dev.mitosis.lab.model.thin;

/**
 * What the hardware threads of a core wait for each other's walks.
 *
 * <pre>
 *   walk'   = walk + walk^2 / (walk + beside)      two threads, one walker: a walk waits while the other thread's is under way
 *   runtime = beside + walk'
 * </pre>
 *
 * <p>Units: cycles of a hardware thread; a counter of walk cycles counts those of the thread's own walks.
 *
 * <p>Source: mean value analysis of a closed network (Reiser and Lavenberg, J. ACM 1980), exact for two customers; one page walker for two
 * threads: Intel Optimization Manual 248966, section 2.4.
 *
 * @param walkers of a core
 * @param threads of a core
 */
record WalkerSharing(int walkers, int threads) {
    private boolean waits() {
        return threads > walkers;
    }

    /** The run time of so many cycles beside walks and so many of walks. */
    double runtime(double beside, double walk) {
        double turns = waits() && walk > 0 ? walk * walk / (walk + beside) : 0;
        return beside + walk + turns;
    }

    /** The cycles beside walks, of a run time: the inverse of {@link #runtime}. */
    double beside(double runtime, double walk) {
        if (!waits()) {
            return runtime - walk;
        }
        double free = Math.max(0, runtime - 2 * walk);
        return (free + Math.sqrt(free * (runtime + 2 * walk))) / 2;
    }
}
