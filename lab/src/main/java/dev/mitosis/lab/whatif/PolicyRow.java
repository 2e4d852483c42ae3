package dev.mitosis.lab.whatif;

import dev.mitosis.lab.run.RunResult;
import java.util.List;

/**
 * One line of an answer: a policy against first touch.
 *
 * @param speedups the low end, the value and the high end
 * @param contendedSpeedups the same while the memory of the node left behind is busy; empty in the wide scenario
 * @param extraTableBytes page-table memory beyond first touch's
 * @param updateShare extra cycles of memory management over the whole run, as a share of first touch's run time
 * @param oneOffShare the part of them that fell outside what counts: while the program loaded and was moved
 */
public record PolicyRow(
        RunResult result,
        List<Double> speedups,
        List<Double> contendedSpeedups,
        long pageTableBytes,
        long extraTableBytes,
        double updateShare,
        double oneOffShare) {
    private static final int VALUE = 1;

    public PolicyRow {
        speedups = List.copyOf(speedups);
        contendedSpeedups = List.copyOf(contendedSpeedups);
    }

    public String policy() {
        return result.policy();
    }

    public double speedup() {
        return speedups.get(VALUE);
    }

    /** The speedup when what loading and moving cost more is paid back by this run alone. */
    public double netSpeedup() {
        return 1 / (1 / speedup() + Math.max(0, oneOffShare));
    }

    /** The speedup beside a busy neighbour; the same as {@link #speedup} where that is not asked. */
    public double contendedSpeedup() {
        return contendedSpeedups.isEmpty() ? speedup() : contendedSpeedups.get(VALUE);
    }
}
