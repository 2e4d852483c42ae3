package dev.mitosis.halsim.timing;

import dev.mitosis.halsim.cost.CostModel;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.cost.WorkloadTraits;
import dev.mitosis.halsim.machine.MachineProfile;
import java.util.Arrays;

/**
 * What a core makes of a program: samples timed three times, with all latencies, without walks, and with every access a hit.
 *
 * <pre>
 *   base CPI       hits / instructions
 *   parallelism    latencies of data beyond the first level / (without walks - hits)
 *   exposure       (all - without walks) / cycles of walks
 * </pre>
 *
 * <p>Cost: some 150 ns an access of the samples.
 */
public final class SampledTraits {
    private final MachineProfile profile;
    private final int threadsOfCore;
    private double pieces;
    private double instructions;
    private double hits;
    private double withoutWalks;
    private double all;
    private double walks;
    private double latencies;

    /** No sample yet. */
    public SampledTraits(MachineProfile profile, int threadsOfCore) {
        this.profile = profile;
        this.threadsOfCore = threadsOfCore;
    }

    /** Adds the sample of a processor of a node, under some latencies; one without a whole piece says nothing. */
    public void add(ReferenceSample sample, int cpuNode, CostModel costs) {
        int weight = sample.pieces();
        if (weight == 0) {
            return;
        }
        double[] latency = new double[Pmu.MEMORY + profile.nodes()];
        for (int source = 0; source < latency.length; source++) {
            latency[source] = costs.latencyCycles(cpuNode, source);
        }
        double[] hit = new double[latency.length];
        Arrays.fill(hit, latency[Pmu.L1]);
        pieces += weight;
        if (sample.isDetailed()) {
            time(sample, latency, hit, weight, false);
        } else {
            // Nobody knows which accesses wait for which: the middle between none and each for the one before.
            time(sample, latency, hit, weight / 2.0, false);
            time(sample, latency, hit, weight / 2.0, true);
        }
        instructions += weight * sample.instructionsPerAccess();
        latencies += weight * sample.latencyPerAccess(latency);
    }

    private void time(ReferenceSample sample, double[] latency, double[] hit, double weight, boolean isChain) {
        CoreTiming whole = new CoreTiming(profile, latency);
        CoreTiming.PerAccess timed = (isChain ? whole.asChain() : whole).time(sample, threadsOfCore);
        all += weight * timed.cycles();
        walks += weight * timed.walk();
        withoutWalks += weight * withoutWalks(sample, latency, isChain);
        hits += weight * withoutWalks(sample, hit, isChain);
    }

    private double withoutWalks(ReferenceSample sample, double[] latency, boolean isChain) {
        CoreTiming timing = CoreTiming.withoutWalks(profile, latency);
        return (isChain ? timing.asChain() : timing).time(sample, threadsOfCore).cycles();
    }

    /** Whether any sample had a whole piece. */
    public boolean isEmpty() {
        return pieces == 0;
    }

    /** The traits, of at least one sample; a program that executes nothing between its accesses is taken for one instruction an access. */
    public WorkloadTraits traits() {
        double waits = withoutWalks - hits;
        return new WorkloadTraits(
                hits / Math.max(instructions, pieces),
                waits > 0 ? Math.max(1, latencies / waits) : 1,
                walks > 0 ? Math.max(0, all - withoutWalks) / walks : 1);
    }
}
