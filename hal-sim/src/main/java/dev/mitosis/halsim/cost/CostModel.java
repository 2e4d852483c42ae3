package dev.mitosis.halsim.cost;

import dev.mitosis.halsim.machine.MachineProfile;
import java.util.List;

/**
 * Turns counts into cycles, under the latencies of a machine and a choice of which nodes' memory is contended.
 *
 * <pre>
 *   walk    = a fixed part, and the sum over its reads of the latency of their source
 *   data    = sum over data accesses beyond the first level of the latency of their source, over the memory parallelism
 *   compute = instructions x base CPI
 *   runtime = compute + walk x exposure + data + kernel
 * </pre>
 *
 * <p>Parallelism and exposure are what a core makes of the program's accesses ({@link WorkloadTraits}).
 *
 * <p>A node's memory answers later by what the program itself asks of it and of the way to it ({@link NodeLoads}); a contended node's by the
 * profile's factor besides, remote and local alike. Counts do not depend on latency, so one simulation can be costed under any choice.
 *
 * <p>Source: the sum over levels: Mitosis (ASPLOS'20) §2.2.
 */
public final class CostModel {
    private static final int BISECTIONS = 50;

    private final MachineProfile profile;
    private final long contendedNodes;
    private final NodeLoads loads;

    /**
     * The costs on a machine whose memory the program itself hardly loads.
     *
     * @param contendedNodes mask of nodes whose memory is busy with someone else's stream
     */
    public CostModel(MachineProfile profile, long contendedNodes) {
        this(profile, contendedNodes, NodeLoads.none(profile));
    }

    /** The costs under the program's own load. */
    public CostModel(MachineProfile profile, long contendedNodes, NodeLoads loads) {
        this.profile = profile;
        this.contendedNodes = contendedNodes;
        this.loads = loads;
    }

    /**
     * The costs under the load that a program makes itself: the time that it takes sets how busy it keeps its memory, and that sets how
     * long it takes.
     *
     * @param countsOfNode what the processors of each node did
     * @param processors how many of them did it side by side
     */
    public static CostModel underOwnLoad(
            MachineProfile profile,
            long contendedNodes,
            List<Pmu> countsOfNode,
            int processors,
            WorkloadTraits traits) {
        CostModel idle = new CostModel(profile, contendedNodes);
        double low = Math.max(1, idle.runtime(countsOfNode, traits) / processors);
        double high = low;
        while (loaded(profile, contendedNodes, countsOfNode, high).runtime(countsOfNode, traits) > high * processors) {
            high *= 2;
        }
        for (int i = 0; i < BISECTIONS; i++) {
            double middle = (low + high) / 2;
            CostModel model = loaded(profile, contendedNodes, countsOfNode, middle);
            if (model.runtime(countsOfNode, traits) > middle * processors) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return loaded(profile, contendedNodes, countsOfNode, high);
    }

    private static CostModel loaded(
            MachineProfile profile, long contendedNodes, List<Pmu> countsOfNode, double wallCycles) {
        return new CostModel(profile, contendedNodes, NodeLoads.of(profile, contendedNodes, countsOfNode, wallCycles));
    }

    private double runtime(List<Pmu> countsOfNode, WorkloadTraits traits) {
        double sum = 0;
        for (int node = 0; node < countsOfNode.size(); node++) {
            sum += cycles(node, countsOfNode.get(node), traits).runtime();
        }
        return sum;
    }

    /** What a source takes to answer a processor of a node. */
    public double latencyCycles(int cpuNode, int source) {
        return switch (source) {
            case Pmu.L1 -> profile.l1().latencyCycles();
            case Pmu.L2 -> profile.l2().latencyCycles();
            case Pmu.LAST -> profile.last().latencyCycles();
            default -> {
                int node = source - Pmu.MEMORY;
                int unloaded = profile.links().link(cpuNode, node).latencyCycles();
                boolean isContended = (contendedNodes >>> node & 1) != 0;
                double others = isContended ? unloaded * profile.contentionFactor() : unloaded;
                yield others + loads.waitCycles(cpuNode, node);
            }
        };
    }

    /** Cycles of the walks that a processor of a node made. */
    public double walkCycles(int cpuNode, Pmu counts) {
        double cycles = (double) counts.walks * profile.walkStartCycles();
        for (int level = 1; level < Pmu.LEVELS; level++) {
            for (int source = 0; source < counts.sources(); source++) {
                long reads = counts.walkReads(level, source) + counts.eptReads(level, source);
                cycles += reads * latencyCycles(cpuNode, source);
            }
        }
        return cycles;
    }

    /** Of {@link #walkCycles} those that are spent in extended page tables. */
    public double eptCycles(int cpuNode, Pmu counts) {
        double cycles = 0;
        for (int level = 1; level < Pmu.LEVELS; level++) {
            for (int source = 0; source < counts.sources(); source++) {
                cycles += counts.eptReads(level, source) * latencyCycles(cpuNode, source);
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
        double user = compute + traits.walkExposure() * walk + data;
        double seen = Math.min(1, traits.walkExposure()) * walk;
        return new Cycles(user + counts.kernelCycles, seen, data, counts.kernelCycles);
    }

    /**
     * What a piece of a run took.
     *
     * @param runtime all of it
     * @param walk of which page walks that nothing hides
     * @param data of which waiting for data, whatever overlaps it
     * @param kernel of which the kernel's memory management
     */
    public record Cycles(double runtime, double walk, double data, double kernel) {
        public static final Cycles ZERO = new Cycles(0, 0, 0, 0);

        public Cycles plus(Cycles other) {
            return new Cycles(runtime + other.runtime, walk + other.walk, data + other.data, kernel + other.kernel);
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
