package dev.mitosis.lab.whatif;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.counters.CounterSample;
import dev.mitosis.lab.counters.Quantity;
import java.util.List;
import java.util.Locale;

/**
 * Fits the free parameters of the cost model to what was counted while the program ran where its memory was.
 *
 * <p>The counts are brought to the simulated run by instructions. Then, in this order: how many walks there are; how long one is, which is
 * explained by its fixed part ({@link Explanation#FIXED}) or by how many of its reads memory answers ({@link Explanation#MEMORY}); and what
 * is left of the cycles, which is the base CPI with as many overlapping misses as assumed, or more where that leaves less than an
 * instruction needs. With reads of page tables by what answered them, nothing has to be explained.
 *
 * <p>Errors: {@link IllegalArgumentException} where walks take more cycles than there are.
 *
 * <p>Source: the accounting runtime = walks + rest: Mitosis (ASPLOS'20) §8; walks in flight over cycles with a walk: Intel's
 * dtlb_load_misses.walk_pending and walk_active.
 */
final class CounterFit {
    /** What a processor that retires six instructions a cycle needs at the least. */
    static final double LEAST_CPI = 1.0 / 6;

    /** How a difference between counted and simulated length of walks is explained. */
    enum Explanation {
        FIXED,
        MEMORY
    }

    private final MachineProfile profile;
    private final CostParts home;
    private final double memoryParallelism;
    private final boolean isUserOnly;

    /** A fit of a program whose simulated run, where its memory is, is {@code home}. */
    CounterFit(MachineProfile profile, CostParts home, double memoryParallelism, boolean isUserOnly) {
        this.memoryParallelism = memoryParallelism;
        this.profile = profile;
        this.home = home;
        this.isUserOnly = isUserOnly;
    }

    FittedCosts fit(CounterSample sample, Explanation explanation) {
        double scale = home.instructions() / sample.count(Quantity.INSTRUCTIONS);
        FittedCosts simulated = new FittedCosts(1, 0, 1, 1, profile.walkStartCycles(), 1, 1, 1);
        FittedCosts walks = home.walks() == 0 ? simulated : walks(sample, scale, simulated, explanation);
        double cycles = scale * sample.count(Quantity.CYCLES);
        double rest = cycles - walks.walk(home);
        if (!(rest > 0)) {
            throw new IllegalArgumentException(String.format(
                    Locale.ROOT,
                    "%s: walks take %.0f %% of the cycles that were counted: is it another program?",
                    sample.name(),
                    100 * walks.walk(home) / cycles));
        }
        if (isUserOnly) {
            return withRest(walks, rest, 1);
        }
        return rest > home.kernel() ? withRest(walks, rest - home.kernel(), 1) : withRest(walks, rest, 0);
    }

    private FittedCosts withRest(FittedCosts walks, double rest, double kernelWeight) {
        double weight = 1 / memoryParallelism;
        double cpi = (rest - weight * home.data()) / home.instructions();
        if (cpi < LEAST_CPI) {
            cpi = Math.min(LEAST_CPI, rest / home.instructions());
            weight = home.data() == 0 ? weight : (rest - cpi * home.instructions()) / home.data();
        }
        return new FittedCosts(
                cpi,
                weight,
                kernelWeight,
                walks.walkScale(),
                walks.fixedCycles(),
                walks.cachedScale(),
                walks.memoryScale(),
                walks.overlap());
    }

    private FittedCosts walks(CounterSample sample, double scale, FittedCosts simulated, Explanation explanation) {
        double count = sample.hasWalks() ? scale * sample.walks() / home.walks() : 1;
        double overlap = overlap(sample);
        if (count == 0 || !(sample.hasPending() || sample.hasActive())) {
            return new FittedCosts(1, 0, 1, count, simulated.fixedCycles(), 1, memoryScale(sample, simulated), overlap);
        }
        // The length of the simulated walks, if as many had been as were counted.
        double length = scale * (sample.hasPending() ? sample.pendingCycles() : sample.activeCycles()) / count;
        double memory = memoryScale(sample, simulated);
        if (explanation == Explanation.MEMORY && !isMeasured(sample) && home.memoryReads() > 0) {
            double left = length - simulated.fixedCycles() * home.walks() - home.cachedReads();
            memory = Math.max(0, Math.min(left / home.memoryReads(), home.readCount() / home.memoryReadCount()));
        }
        double left = length - home.cachedReads() - memory * home.memoryReads();
        if (left >= 0) {
            return new FittedCosts(1, 0, 1, count, left / home.walks(), 1, memory, overlap);
        }
        // Shorter than its reads: more of them were answered by caches, and if that is not enough, sooner.
        memory = home.memoryReads() == 0 ? 0 : Math.max(0, (length - home.cachedReads()) / home.memoryReads());
        double cached = memory > 0 || home.cachedReads() == 0 ? 1 : length / home.cachedReads();
        return new FittedCosts(1, 0, 1, count, 0, cached, memory, overlap);
    }

    private static boolean isMeasured(CounterSample sample) {
        return sample.has(Quantity.WALKER_READS_MEMORY) && sample.hasWalks() && sample.walks() > 0;
    }

    /** Reads that memory answered a walk, counted over simulated; as simulated where they were not counted. */
    private double memoryScale(CounterSample sample, FittedCosts simulated) {
        if (!isMeasured(sample) || home.memoryReadCount() == 0) {
            return simulated.memoryScale();
        }
        return sample.count(Quantity.WALKER_READS_MEMORY) / sample.walks() / (home.memoryReadCount() / home.walks());
    }

    /** How many walks are under way while one is. Where only their sum was counted, and is above the cycles: as many as there are walkers. */
    private double overlap(CounterSample sample) {
        if (!sample.hasPending()) {
            return 1;
        }
        if (sample.hasActive() && sample.activeCycles() > 0) {
            return Math.max(1, sample.pendingCycles() / sample.activeCycles());
        }
        return sample.pendingCycles() > sample.count(Quantity.CYCLES) ? profile.walkers() : 1;
    }

    /** The spread of counted cycles around what one CPI and one length of walks make of the samples, as a share of them. */
    static double residual(List<CounterSample> samples) {
        CounterSample all = CounterSample.sum(samples);
        double walkCycles = all.hasActive() ? all.activeCycles() : all.pendingCycles();
        double walks = all.walks();
        double rest = (all.count(Quantity.CYCLES) - walkCycles) / all.count(Quantity.INSTRUCTIONS);
        double squares = 0;
        for (CounterSample sample : samples) {
            double ofWalks = walks == 0 ? 0 : walkCycles * sample.walks() / walks;
            double alike = walks == 0 ? walkCycles * sample.count(Quantity.INSTRUCTIONS) : 0;
            double predicted =
                    rest * sample.count(Quantity.INSTRUCTIONS) + ofWalks + alike / all.count(Quantity.INSTRUCTIONS);
            squares += Math.pow(sample.count(Quantity.CYCLES) - predicted, 2);
        }
        return Math.sqrt(squares / samples.size()) * samples.size() / all.count(Quantity.CYCLES);
    }
}
