package dev.mitosis.lab.whatif;

import dev.mitosis.halsim.SimBoard;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.lab.replay.ProgramReplay;
import dev.mitosis.workloads.trace.TracePart;

/**
 * The counters of what counts of a program: all of it, or what follows a move; and without what was not to be recorded.
 *
 * <p>Of a sampled program the events of accesses are estimated: those of the measured windows, times the accesses that count over the
 * accesses in windows. Instructions and everything that the kernel did are exact, because nothing of that is left out of a trace.
 *
 * <p>Source: a ratio estimate from systematic samples: Wunderlich, Wenisch, Falsafi, Hoe: SMARTS (ISCA'03), §3.
 */
final class CountedPart {
    private final SimBoard board;
    private final ProgramReplay replay;
    private final int nodes;
    private TracePart part = TracePart.MEASURED;
    /** As they were when the part began. */
    private Pmu[] counters;

    private long clock;
    private long[] leftOut;
    /** Sums over the parts that count, and over the measured ones of them. */
    private Pmu[] all;

    private Pmu[] measured;
    private long allAccesses;
    private long measuredAccesses;
    private long[] allLeftOut;

    CountedPart(SimBoard board, ProgramReplay replay) {
        this.board = board;
        this.replay = replay;
        nodes = board.topology().nodes();
        counters = countersByNode();
        leftOut = replay.instructionsLeftOut();
        all = zeros();
        measured = zeros();
        allLeftOut = new long[nodes];
    }

    /** What counts begins here. */
    void restart() {
        counters = countersByNode();
        clock = replay.accesses();
        leftOut = replay.instructionsLeftOut();
        all = zeros();
        measured = zeros();
        allAccesses = 0;
        measuredAccesses = 0;
        allLeftOut = new long[nodes];
    }

    /** Another part of the trace begins. */
    void part(TracePart next) {
        add();
        part = next;
    }

    private void add() {
        Pmu[] now = countersByNode();
        long[] leftOutNow = replay.instructionsLeftOut();
        long accesses = replay.accesses() - clock;
        if (part != TracePart.LEFT_OUT && part != TracePart.WARM_UP) {
            allAccesses += accesses;
            for (int node = 0; node < nodes; node++) {
                Pmu since = now[node].since(counters[node]);
                all[node].add(since, 1);
                allLeftOut[node] += leftOutNow[node] - leftOut[node];
                if (part == TracePart.MEASURED) {
                    measured[node].add(since, 1);
                }
            }
            measuredAccesses += part == TracePart.MEASURED ? accesses : 0;
        }
        counters = now;
        leftOut = leftOutNow;
        clock = replay.accesses();
    }

    /** What has been counted so far, which later counts leave as it is; without an estimate where no window lies in it. */
    Pmu[] soFar() {
        add();
        Pmu[] seen = measuredAccesses == 0 ? all : estimate();
        Pmu[] copy = zeros();
        for (int node = 0; node < nodes; node++) {
            copy[node].add(seen[node], 1);
        }
        return copy;
    }

    /**
     * The counters of what counts, by the node of the processor.
     *
     * <p>Errors: {@link IllegalArgumentException} when no window lies in it.
     */
    Pmu[] estimate() {
        add();
        if (measuredAccesses == allAccesses) {
            return all;
        }
        if (measuredAccesses == 0) {
            throw new IllegalArgumentException(
                    "no window of the sampled recording lies in the part that counts: record it"
                            + " in shorter periods (--every), or whole");
        }
        Pmu[] estimates = new Pmu[nodes];
        for (int node = 0; node < nodes; node++) {
            Pmu estimate = measured[node].scaled((double) allAccesses / measuredAccesses);
            Pmu exact = all[node];
            estimate.instructions = exact.instructions + allLeftOut[node];
            estimate.faults = exact.faults;
            estimate.systemCalls = exact.systemCalls;
            estimate.shootdownEvents = exact.shootdownEvents;
            estimate.shootdownIpis = exact.shootdownIpis;
            estimate.rootLoads = exact.rootLoads;
            estimate.unexplained = exact.unexplained;
            estimate.kernelCycles = exact.kernelCycles;
            estimates[node] = estimate;
        }
        return estimates;
    }

    private Pmu[] countersByNode() {
        Pmu[] now = new Pmu[nodes];
        for (int node = 0; node < nodes; node++) {
            now[node] = board.sumOfNode(node);
        }
        return now;
    }

    private Pmu[] zeros() {
        Pmu[] zeros = new Pmu[nodes];
        for (int node = 0; node < nodes; node++) {
            zeros[node] = new Pmu(nodes);
        }
        return zeros;
    }
}
