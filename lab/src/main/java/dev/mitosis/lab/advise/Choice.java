package dev.mitosis.lab.advise;

import java.util.List;

/**
 * One policy over one flush backend, against first touch with interrupts.
 *
 * <p>Units: shares are cycles saved, as a share of the run time of first touch with interrupts; a negative share is a loss.
 *
 * @param speedups the low end, the value and the high end
 * @param walkShare saved by walks that are shorter
 * @param kernelShare saved by memory management in the part that counts: updates of tables, faults and flushes
 * @param otherShare the rest: data that is elsewhere, and what changes in caches
 * @param oneOffShare saved before the part that counts: loading, and migration of the program or its tables
 * @param shootdowns flushes of other processors, and {@code interrupts} the processors that they interrupted, in the part that counts
 * @param extraTableBytes page-table memory beyond first touch's
 * @param command what to type on a kernel that has the policy; empty when no kernel is known
 */
public record Choice(
        String scenario,
        String policy,
        String backend,
        List<Double> speedups,
        double walkShare,
        double kernelShare,
        double otherShare,
        double oneOffShare,
        long shootdowns,
        long interrupts,
        long extraTableBytes,
        String command) {
    private static final int VALUE = 1;

    public Choice {
        speedups = List.copyOf(speedups);
    }

    public double speedup() {
        return speedups.get(VALUE);
    }

    /** The speedup when what loading and migration cost more is paid back by this run alone. */
    public double netSpeedup() {
        return 1 / (1 / speedup() + Math.max(0, -oneOffShare));
    }
}
