package dev.mitosis.lab.whatif;

/**
 * What counters say of a program's use of the processor, in place of {@link Assumptions}.
 *
 * <pre>
 *   walk    = walkScale (fixedCycles walks + cachedScale cachedReads + memoryScale memoryReads) / overlap
 *   runtime = baseCpi instructions + walk + dataWeight data + kernelWeight kernel
 * </pre>
 *
 * @param baseCpi cycles an instruction takes besides walks and data
 * @param dataWeight the inverse of how many data misses overlap
 * @param kernelWeight 1, or 0 where memory management as simulated does not fit into what was counted: a trace of a part of a program,
 *     whose memory it finds there
 * @param walkScale walks for each simulated one
 * @param fixedCycles of a walk that no read of a page table accounts for
 * @param cachedScale cycles of reads that caches answer, for each simulated one
 * @param memoryScale reads that memory answers, for each simulated one: how well page tables keep in caches
 * @param overlap walks that are under way at a time, while one is
 */
public record FittedCosts(
        double baseCpi,
        double dataWeight,
        double kernelWeight,
        double walkScale,
        double fixedCycles,
        double cachedScale,
        double memoryScale,
        double overlap) {
    double walk(CostParts parts) {
        return walkScale
                * (fixedCycles * parts.walks() + cachedScale * parts.cachedReads() + memoryScale * parts.memoryReads())
                / overlap;
    }

    double runtime(CostParts parts) {
        return baseCpi * parts.instructions() + walk(parts) + dataWeight * parts.data() + kernelWeight * parts.kernel();
    }
}
