package dev.mitosis.halsim.cost;

/**
 * How a program uses a processor, as far as memory latency is concerned: what the timing of its accesses comes to
 * ({@link dev.mitosis.halsim.timing.SampledTraits}).
 *
 * @param baseCpi cycles an instruction takes when every access hits the first-level cache
 * @param memoryParallelism latency of data misses over what the program waits for them: 1 for a chase
 * @param walkExposure what the program waits for a cycle of walk: 1 when nothing else goes on meanwhile, less when walks overlap, more when
 *     they keep misses apart that would overlap
 */
public record WorkloadTraits(double baseCpi, double memoryParallelism, double walkExposure) {
    public WorkloadTraits {
        if (!(baseCpi > 0) || !(memoryParallelism > 0) || !(walkExposure >= 0)) {
            throw new IllegalArgumentException("base CPI " + baseCpi + ", memory parallelism " + memoryParallelism
                    + ", walk exposure " + walkExposure);
        }
    }

    /** The same for a program that takes so many times as long beside its walks. */
    public WorkloadTraits withBeside(double factor) {
        return new WorkloadTraits(baseCpi * factor, memoryParallelism / factor, walkExposure);
    }
}
