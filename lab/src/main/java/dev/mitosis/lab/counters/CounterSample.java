package dev.mitosis.lab.counters;

import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * The counts of one run, one interval of a run, or the mean of several runs.
 *
 * @param name the file, and the interval where there is one
 * @param counts a quantity that is not there was not counted
 * @param spreads relative standard errors of the counts that are means of {@code runs} runs
 */
public record CounterSample(String name, Map<Quantity, Double> counts, Map<Quantity, Double> spreads, int runs) {
    public CounterSample {
        counts = Map.copyOf(counts);
        spreads = Map.copyOf(spreads);
    }

    public boolean has(Quantity quantity) {
        return counts.containsKey(quantity);
    }

    /** A count; 0 where it is not there. */
    public double count(Quantity quantity) {
        return counts.getOrDefault(quantity, 0.0);
    }

    /** Walks for data of loads and stores, as far as they were counted. */
    public double walks() {
        return has(Quantity.WALKS) ? count(Quantity.WALKS) : count(Quantity.LOAD_WALKS) + count(Quantity.STORE_WALKS);
    }

    public boolean hasWalks() {
        return has(Quantity.WALKS) || has(Quantity.LOAD_WALKS) || has(Quantity.STORE_WALKS);
    }

    /** Walks under way, added up over cycles, extended tables included. */
    public double pendingCycles() {
        return count(Quantity.LOAD_WALK_PENDING)
                + count(Quantity.STORE_WALK_PENDING)
                + count(Quantity.EPT_WALK_PENDING);
    }

    public boolean hasPending() {
        return has(Quantity.LOAD_WALK_PENDING) || has(Quantity.STORE_WALK_PENDING);
    }

    /** Cycles in which a walk is under way. */
    public double activeCycles() {
        return count(Quantity.LOAD_WALK_ACTIVE) + count(Quantity.STORE_WALK_ACTIVE);
    }

    public boolean hasActive() {
        return has(Quantity.LOAD_WALK_ACTIVE) || has(Quantity.STORE_WALK_ACTIVE);
    }

    /**
     * The sum of samples, as if they had been one; spreads are those of one sample alone. What some of them did not count is taken to be as
     * frequent an instruction there as in the others; a cycle, where not all count instructions.
     */
    public static CounterSample sum(List<CounterSample> samples) {
        if (samples.size() == 1) {
            return samples.get(0);
        }
        Quantity weight = haveInstructions(samples) ? Quantity.INSTRUCTIONS : Quantity.CYCLES;
        double weights = 0;
        Map<Quantity, Double> sums = new EnumMap<>(Quantity.class);
        Map<Quantity, Double> weightOf = new EnumMap<>(Quantity.class);
        for (CounterSample sample : samples) {
            weights += sample.count(weight);
            sample.counts().forEach((quantity, count) -> {
                sums.merge(quantity, count, Double::sum);
                weightOf.merge(quantity, sample.count(weight), Double::sum);
            });
        }
        Map<Quantity, Double> counts = new EnumMap<>(Quantity.class);
        for (Map.Entry<Quantity, Double> sum : sums.entrySet()) {
            counts.put(sum.getKey(), sum.getValue() * weights / weightOf.getOrDefault(sum.getKey(), 1.0));
        }
        return new CounterSample(samples.size() + " samples", counts, Map.of(), samples.size());
    }

    static boolean haveInstructions(List<CounterSample> samples) {
        return samples.stream().allMatch(sample -> sample.count(Quantity.INSTRUCTIONS) > 0);
    }

    /** The same with one count larger by a relative amount. */
    CounterSample scaled(Quantity quantity, double factor) {
        Map<Quantity, Double> changed = new EnumMap<>(counts);
        changed.computeIfPresent(quantity, (q, count) -> count * factor);
        return new CounterSample(name, changed, spreads, runs);
    }
}
