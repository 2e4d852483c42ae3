package dev.mitosis.lab.whatif;

import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.lab.run.RunResult;
import dev.mitosis.lab.run.WalkReadKinds;
import java.util.List;
import java.util.Optional;

/**
 * The answer for one scenario: first touch as it is, and every policy against it.
 *
 * @param rows first touch first
 * @param fitted the same under what counters say of the program, where there are any
 * @param remoteWalkShare share of first touch's cycles that are walk reads of other nodes' memory
 */
public record ScenarioAnswer(
        Scenario scenario,
        List<PolicyRow> rows,
        Optional<FittedAnswer> fitted,
        double remoteWalkShare,
        Verdict verdict) {
    private static final int LEAF = 1;

    public ScenarioAnswer {
        rows = List.copyOf(rows);
    }

    /** What is, without any policy. */
    public RunResult baseline() {
        return rows.get(0).result();
    }

    /** Accesses that missed both TLB levels, per thousand. */
    public double tlbMissesPerThousand() {
        Pmu counts = baseline().counts();
        return counts.accesses == 0 ? 0 : 1000.0 * counts.stlbMisses / counts.accesses;
    }

    /** The share of leaf reads of walks that a cache answered. */
    public double cachedLeafShare() {
        long[] leaf = baseline().walkReads()[LEAF];
        long all = leaf[WalkReadKinds.LOCAL] + leaf[WalkReadKinds.REMOTE] + leaf[WalkReadKinds.CACHED];
        return all == 0 ? 1 : (double) leaf[WalkReadKinds.CACHED] / all;
    }
}
