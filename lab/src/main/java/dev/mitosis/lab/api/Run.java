package dev.mitosis.lab.api;

import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.lab.run.RunResult;
import dev.mitosis.lab.run.WalkReadKinds;
import java.util.Arrays;
import java.util.List;

/**
 * What one simulation saw.
 *
 * @param accesses that were counted, of all threads
 * @param cycles that they took, of all processors
 * @param walkCycles the part of them that is page walks
 * @param tlbMisses accesses that needed a walk
 * @param leafReadsLocal reads of leaf tables that local memory answered
 * @param leafReadsRemote those that another node's memory answered
 * @param leafReadsCached those that a cache answered
 * @param remoteLeafPercent of leaf entries on other nodes, seen from each node
 * @param pageTableBytes on each node, replicas included
 */
@Stable
public record Run(
        String machine,
        String workload,
        String configuration,
        String policy,
        long seed,
        long accesses,
        double cycles,
        double walkCycles,
        long tlbMisses,
        long leafReadsLocal,
        long leafReadsRemote,
        long leafReadsCached,
        List<Double> remoteLeafPercent,
        List<Long> pageTableBytes) {
    private static final int LEAF = 1;

    public Run {
        remoteLeafPercent = List.copyOf(remoteLeafPercent);
        pageTableBytes = List.copyOf(pageTableBytes);
    }

    static Run of(RunResult result) {
        Pmu counts = result.counts();
        long[] leaf = result.walkReads()[LEAF];
        return new Run(
                result.machine(),
                result.workload(),
                result.config(),
                result.policy(),
                result.seed(),
                counts.accesses,
                result.cycles().runtime(),
                result.cycles().walk(),
                counts.stlbMisses,
                leaf[WalkReadKinds.LOCAL],
                leaf[WalkReadKinds.REMOTE],
                leaf[WalkReadKinds.CACHED],
                Arrays.stream(result.leafRemotePercent()).boxed().toList(),
                Arrays.stream(result.pageTableBytes()).boxed().toList());
    }

    /** Cycles of an access on average; 0 when there was none. */
    public double cyclesPerAccess() {
        return accesses == 0 ? 0 : cycles / accesses;
    }

    /** The share of cycles that page walks take. */
    public double walkShare() {
        return cycles == 0 ? 0 : walkCycles / cycles;
    }
}
