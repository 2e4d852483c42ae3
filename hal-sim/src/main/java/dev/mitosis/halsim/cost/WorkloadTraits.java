package dev.mitosis.halsim.cost;

/**
 * How a program uses a processor, as far as memory latency is concerned.
 *
 * @param baseCpi cycles an instruction takes when every access hits the first-level cache
 * @param memoryParallelism data misses that overlap: 1 for a chase
 * @param overlapsWalks whether later accesses go on while a walk is under way
 */
public record WorkloadTraits(double baseCpi, double memoryParallelism, boolean overlapsWalks) {
    public WorkloadTraits {
        if (!(baseCpi > 0) || !(memoryParallelism >= 1)) {
            throw new IllegalArgumentException("base CPI " + baseCpi + ", memory parallelism " + memoryParallelism);
        }
    }

    public WorkloadTraits withBaseCpi(double cpi) {
        return new WorkloadTraits(cpi, memoryParallelism, overlapsWalks);
    }
}
