package dev.mitosis.lab.model.thin;

import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.halsim.timing.CoreTiming;
import dev.mitosis.halsim.timing.ReferenceSample;
import java.util.Arrays;
import java.util.List;

/**
 * What a core waits for data, as a function of what memory takes to answer: the timing of a sample, at latencies from small to large,
 * and straight lines between them.
 *
 * <p>Units: cycles of a hardware thread for an access.
 *
 * <p>Source: {@link CoreTiming}.
 */
final class Stalls {
    private static final double[] LATENCIES = {100, 200, 300, 450, 700, 1100, 1800, 3500, 8000, 20000};
    /** Processors whose samples are timed: they do the same. */
    private static final int PROCESSORS = 4;

    private final double[] waits = new double[LATENCIES.length];
    private final double computing;

    Stalls(MachineProfile profile, List<ReferenceSample> samples, int threadsOfCore) {
        double[] latency = new double[Pmu.MEMORY + profile.nodes()];
        latency[Pmu.L1] = profile.l1().latencyCycles();
        latency[Pmu.L2] = latency[Pmu.L1];
        latency[Pmu.LAST] = latency[Pmu.L1];
        Arrays.fill(latency, Pmu.MEMORY, latency.length, latency[Pmu.L1]);
        computing = time(profile, samples, threadsOfCore, latency);
        latency[Pmu.L2] = profile.l2().latencyCycles();
        latency[Pmu.LAST] = profile.last().latencyCycles();
        for (int i = 0; i < LATENCIES.length; i++) {
            Arrays.fill(latency, Pmu.MEMORY, latency.length, LATENCIES[i]);
            waits[i] = time(profile, samples, threadsOfCore, latency) - computing;
        }
    }

    private static double time(
            MachineProfile profile, List<ReferenceSample> samples, int threadsOfCore, double[] latency) {
        double sum = 0;
        int count = Math.min(PROCESSORS, samples.size());
        for (int i = 0; i < count; i++) {
            sum += CoreTiming.withoutWalks(profile, latency)
                    .time(samples.get(i), threadsOfCore)
                    .cycles();
        }
        return sum / count;
    }

    /** What it would take if every access were a hit of the first level. */
    double computing() {
        return computing;
    }

    /** What it waits when memory answers so late. */
    double waiting(double latencyCycles) {
        int to = 1;
        while (to < LATENCIES.length - 1 && LATENCIES[to] < latencyCycles) {
            to++;
        }
        double share = (latencyCycles - LATENCIES[to - 1]) / (LATENCIES[to] - LATENCIES[to - 1]);
        return waits[to - 1] + share * (waits[to] - waits[to - 1]);
    }
}
