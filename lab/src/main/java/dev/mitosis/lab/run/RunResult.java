package dev.mitosis.lab.run;

import dev.mitosis.halsim.cost.CostModel;
import dev.mitosis.halsim.cost.Pmu;
import java.util.List;

/**
 * What one simulation saw.
 *
 * @param cycles of all processors that ran, added
 * @param counts of all processors that ran, added
 * @param countsOfNode of the processors of each node
 * @param walkReads {@code [level][kind]}: local, remote, cached; level 1 is the leaf
 * @param leafRemotePercent share of leaf entries on other nodes, seen from each socket
 * @param simSeconds of the host, population included
 */
@SuppressWarnings("ArrayRecordComponent") // read once, by a report; never compared
public record RunResult(
        String machine,
        String workload,
        String config,
        String policy,
        long seed,
        CostModel.Cycles cycles,
        Pmu counts,
        List<Pmu> countsOfNode,
        long[][] walkReads,
        double[] leafRemotePercent,
        long[] pageTableBytes,
        long[] dataBytes,
        double simSeconds,
        double accessesPerSecond) {}
