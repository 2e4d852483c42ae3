package dev.mitosis.workloads.trace;

/**
 * What the accesses of a stretch of a trace are good for. A trace that says nothing is {@link #MEASURED} from its beginning.
 *
 * <p>In the first two parts only touches are recorded: the first access of a process to a page, and its first store to it, so that page
 * tables become what they were. The other accesses are counted ({@link TraceSink#leftOut}).
 */
public enum TracePart {
    /** Before what was to be recorded, or after it: nothing stands for the accesses that are left out. */
    LEFT_OUT(0),
    /** Between two windows: the measured accesses stand for those that are left out. */
    SKIPPED(1),
    /**
     * The lines that were touched most recently, a load of each, the last one last: they fill caches and TLBs as the accesses did that were
     * left out. They are no accesses of the program, and take none of its time.
     */
    WARM_UP(2),
    /** All accesses, and they count. */
    MEASURED(3);

    private final int number;

    TracePart(int number) {
        this.number = number;
    }

    /** As it stands in a trace file. */
    public int number() {
        return number;
    }

    /** Touches only. */
    public boolean isThin() {
        return this == LEFT_OUT || this == SKIPPED;
    }
}
