package dev.mitosis.lab.whatif;

import dev.mitosis.halsim.cost.CostModel;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.machine.MachineProfile;

/**
 * What the cycles of a simulated run are made of, apart from what a fit may change.
 *
 * @param cachedReads cycles of the reads of page tables that caches answered
 * @param memoryReads cycles of those that memory answered
 * @param memoryReadCount how many those are, and {@code readCount} all of them
 * @param data latency of data accesses beyond the first-level cache, as if none overlapped
 * @param kernel cycles of memory management
 */
record CostParts(
        double instructions,
        double walks,
        double cachedReads,
        double memoryReads,
        double memoryReadCount,
        double readCount,
        double data,
        double kernel) {
    static final CostParts NONE = new CostParts(0, 0, 0, 0, 0, 0, 0, 0);

    /**
     * The parts of the counts of each node's processors.
     *
     * @param isLocal takes all memory for the processor's own: what the same run had cost where its memory is
     */
    static CostParts of(MachineProfile profile, Pmu[] byNode, long contendedNodes, boolean isLocal) {
        CostModel model = new CostModel(profile, contendedNodes);
        CostParts sum = NONE;
        for (int node = 0; node < byNode.length; node++) {
            sum = sum.plus(of(model, node, byNode[node], isLocal));
        }
        return sum;
    }

    private static CostParts of(CostModel model, int node, Pmu counts, boolean isLocal) {
        double cached = 0;
        double memory = 0;
        double memoryCount = 0;
        double allCount = 0;
        double data = 0;
        for (int source = 0; source < counts.sources(); source++) {
            boolean isMemory = source >= Pmu.MEMORY;
            double latency = model.latencyCycles(node, isMemory && isLocal ? Pmu.MEMORY + node : source);
            double reads = 0;
            for (int level = 1; level < Pmu.LEVELS; level++) {
                reads += counts.walkReads(level, source) + counts.eptReads(level, source);
            }
            allCount += reads;
            if (isMemory) {
                memory += reads * latency;
                memoryCount += reads;
            } else {
                cached += reads * latency;
            }
            data += source == Pmu.L1 ? 0 : counts.dataReads(source) * latency;
        }
        return new CostParts(
                counts.instructions, counts.walks, cached, memory, memoryCount, allCount, data, counts.kernelCycles);
    }

    CostParts plus(CostParts other) {
        return new CostParts(
                instructions + other.instructions,
                walks + other.walks,
                cachedReads + other.cachedReads,
                memoryReads + other.memoryReads,
                memoryReadCount + other.memoryReadCount,
                readCount + other.readCount,
                data + other.data,
                kernel + other.kernel);
    }
}
