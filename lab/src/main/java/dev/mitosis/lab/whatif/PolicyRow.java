package dev.mitosis.lab.whatif;

import dev.mitosis.lab.run.RunResult;
import java.util.List;

/**
 * One line of an answer: a policy against first touch.
 *
 * @param speedups at the low, the default and the high CPI
 * @param contendedSpeedups the same while the memory of the node left behind is busy; empty in the wide scenario
 * @param extraTableBytes page-table memory beyond first touch's
 * @param updateShare extra cycles of memory management over the whole run, as a share of first touch's run time
 */
public record PolicyRow(
        RunResult result,
        List<Double> speedups,
        List<Double> contendedSpeedups,
        long pageTableBytes,
        long extraTableBytes,
        double updateShare) {
    private static final int DEFAULT = 1;

    public PolicyRow {
        speedups = List.copyOf(speedups);
        contendedSpeedups = List.copyOf(contendedSpeedups);
    }

    public String policy() {
        return result.policy();
    }

    public double speedup() {
        return speedups.get(DEFAULT);
    }

    /** The speedup beside a busy neighbour; the same as {@link #speedup} where that is not asked. */
    public double contendedSpeedup() {
        return contendedSpeedups.isEmpty() ? speedup() : contendedSpeedups.get(DEFAULT);
    }
}
