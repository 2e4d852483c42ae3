package dev.mitosis.lab.whatif;

import dev.mitosis.halsim.cost.WorkloadTraits;
import java.util.List;

/**
 * What is assumed of a recorded program's use of the processor: the record has its instructions, not their timing.
 *
 * <p>Cycles besides walks are instructions times a base CPI, plus the latency of data accesses beyond the first-level cache
 * divided by {@link #MEMORY_PARALLELISM}. The speedup is given at three CPIs, so that one sees how much it depends on that.
 */
public final class Assumptions {
    /** Two misses overlap on average: between a chase (1) and independent accesses (10). */
    public static final double MEMORY_PARALLELISM = 2;

    public static final double LOW_CPI = 0.35;
    public static final double DEFAULT_CPI = 0.7;
    public static final double HIGH_CPI = 1.4;

    /** Low, default, high. */
    public static final List<Double> CPIS = List.of(LOW_CPI, DEFAULT_CPI, HIGH_CPI);

    private Assumptions() {}

    static WorkloadTraits traits(double cpi) {
        return new WorkloadTraits(cpi, MEMORY_PARALLELISM, false);
    }
}
