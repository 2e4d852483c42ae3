package dev.mitosis.halsim;

/**
 * Turns counts into cycles, under the latencies of a machine and a choice of which nodes' memory is contended.
 *
 * <pre>
 *   walk    = sum over walk reads of the latency of their source
 *   data    = sum over data accesses beyond the first level of the latency of their source, over the memory parallelism
 *   compute = instructions x base CPI
 *   runtime = compute + walk + data + kernel                                for a chase: nothing overlaps
 *   runtime = ((compute + walk)^p + data^p)^(1/p) + kernel, p = 2.5         for independent accesses: a smooth maximum
 * </pre>
 *
 * <p>A contended node's memory answers later by the profile's factor, remote and local alike. Counts do not depend on latency,
 * so one simulation can be costed under any choice.
 *
 * <p>Source: the sum over levels: Mitosis (ASPLOS'20) §2.2; the smooth maximum and its exponent: a fit on the GUPS rows.
 */
public final class CostModel {
    private static final double OVERLAP_EXPONENT = 2.5;

    private final MachineProfile profile;
    private final long contendedNodes;

    /**
     * The costs on a machine.
     *
     * @param contendedNodes mask of nodes whose memory is busy with someone else's stream
     */
    public CostModel(MachineProfile profile, long contendedNodes) {
        this.profile = profile;
        this.contendedNodes = contendedNodes;
    }

    /** What a source takes to answer a processor of a node. */
    public double latencyCycles(int cpuNode, int source) {
        return switch (source) {
            case Pmu.L1 -> profile.l1().latencyCycles();
            case Pmu.L2 -> profile.l2().latencyCycles();
            case Pmu.LAST -> profile.last().latencyCycles();
            default -> {
                int node = source - Pmu.MEMORY;
                int unloaded = node == cpuNode ? profile.memoryLocalCycles() : profile.memoryRemoteCycles();
                boolean isContended = (contendedNodes >>> node & 1) != 0;
                yield isContended ? unloaded * profile.contentionFactor() : unloaded;
            }
        };
    }

    /** Cycles of the walks that a processor of a node made. */
    public double walkCycles(int cpuNode, Pmu counts) {
        double cycles = 0;
        for (int level = 1; level < Pmu.LEVELS; level++) {
            for (int source = 0; source < counts.sources(); source++) {
                cycles += counts.walkReads(level, source) * latencyCycles(cpuNode, source);
            }
        }
        return cycles;
    }

    /** Latency of the data accesses beyond the first-level cache, as if none overlapped. */
    public double dataStallCycles(int cpuNode, Pmu counts) {
        double cycles = 0;
        for (int source = Pmu.L2; source < counts.sources(); source++) {
            cycles += counts.dataReads(source) * latencyCycles(cpuNode, source);
        }
        return cycles;
    }

    /** The cycles that the counted accesses and the kernel's work for them took. */
    public Cycles cycles(int cpuNode, Pmu counts, WorkloadTraits traits) {
        double walk = walkCycles(cpuNode, counts);
        double data = dataStallCycles(cpuNode, counts) / traits.memoryParallelism();
        double compute = counts.instructions * traits.baseCpi();
        double user = traits.overlapsWalks()
                ? Math.pow(
                        Math.pow(compute + walk, OVERLAP_EXPONENT) + Math.pow(data, OVERLAP_EXPONENT),
                        1 / OVERLAP_EXPONENT)
                : compute + walk + data;
        return new Cycles(user + counts.kernelCycles, walk, counts.kernelCycles);
    }

    /**
     * What a piece of a run took.
     *
     * @param runtime all of it
     * @param walk of which page walks
     * @param kernel of which the kernel's memory management
     */
    public record Cycles(double runtime, double walk, double kernel) {
        public static final Cycles ZERO = new Cycles(0, 0, 0);

        public Cycles plus(Cycles other) {
            return new Cycles(runtime + other.runtime, walk + other.walk, kernel + other.kernel);
        }

        /** Run time without walks: the papers' accounting identity. */
        public double nonWalk() {
            return runtime - walk;
        }

        public double walkShare() {
            return runtime == 0 ? 0 : walk / runtime;
        }
    }
}
