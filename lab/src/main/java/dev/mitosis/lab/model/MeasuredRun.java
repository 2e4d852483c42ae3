package dev.mitosis.lab.model;

import java.util.Map;
import java.util.OptionalDouble;

/**
 * The mean of the repeats of a run. A column that was not measured is 0.
 *
 * @param cycles of all threads
 * @param walk cycles that each walker had a walk pending in the guest's table, or the only one
 * @param ept the same in the extended table
 */
public record MeasuredRun(double seconds, double cycles, double walk, double ept) {
    /** The local row with base pages in a guest. */
    public static final String GUEST = "LL";

    /** The local row with base pages without a guest. */
    public static final String ALONE = "L";

    /** Pending cycles in both tables. */
    public double pending() {
        return walk + ept;
    }

    /** What of the time the program waited for walks, if it waits for a share of a pending cycle; 0 without counters. */
    public double walkSeconds(double exposure) {
        return hasCounters() ? seconds * Math.min(1, exposure * pending() / cycles) : 0;
    }

    public boolean hasCounters() {
        return cycles > 0 && walk > 0;
    }

    /** What of a pending cycle a program waits for, as two of its rows show: the same data, and walks that take longer in one. */
    public static OptionalDouble exposureSeen(Map<String, MeasuredRun> of, String shorter, String longer) {
        MeasuredRun one = of.get(shorter);
        MeasuredRun two = of.get(longer);
        if (one == null || two == null || !one.hasCounters() || !two.hasCounters() || two.pending() <= one.pending()) {
            return OptionalDouble.empty();
        }
        return OptionalDouble.of((two.cycles() - one.cycles()) / (two.pending() - one.pending()));
    }
}
