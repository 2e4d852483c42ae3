package dev.mitosis.kvm.discovery;

import java.util.Arrays;

/**
 * How far groups can be believed, from 0 to 1.
 *
 * <p>Of a tier: the share of all comparisons between a pair within a group and a pair that leaves it, of the same processor, which
 * would come out the same if both were wrong by {@link #NOISE}; times one minus the odds of finding so many near pairs in the right
 * places by chance, which matters for a handful of processors only; times what {@link #evenness} leaves of it.
 *
 * <p>Of one group: the share of pairs whose latency is within a factor {@link #ALIKE} of the median; times one minus the odds of one
 * pair among as many as there are.
 */
final class Confidence {
    static final double NOISE = 0.1;
    static final double ALIKE = 1.5;

    private static final double LEAST_STEP = (1 + NOISE) / (1 - NOISE);

    private Confidence() {}

    static double ofTier(LatencyMatrix matrix, Partition partition) {
        int size = matrix.size();
        double[] across = new double[size];
        long comparisons = 0;
        long right = 0;
        long within = 0;
        long pairs = 0;
        for (int cpu = 0; cpu < size; cpu++) {
            int count = 0;
            for (int other = 0; other < size; other++) {
                if (!partition.joins(cpu, other) && matrix.isKnown(cpu, other)) {
                    across[count++] = matrix.latency(cpu, other);
                }
            }
            Arrays.sort(across, 0, count);
            pairs += count;
            for (int other = 0; other < size; other++) {
                if (other != cpu && partition.joins(cpu, other) && matrix.isKnown(cpu, other)) {
                    comparisons += count;
                    right += count - countBelow(across, count, LEAST_STEP * matrix.latency(cpu, other));
                    within++;
                    pairs++;
                }
            }
        }
        return comparisons == 0
                ? 0
                : (double) right / comparisons * (1 - oddsByChance(pairs / 2, within / 2)) * evenness(partition);
    }

    /**
     * What very unequal groups leave of a belief: parts of a machine are alike, but for a core or two that are not used. All of it while the largest
     * group is at most twice the smallest; then as the square of that ratio.
     */
    static double evenness(Partition partition) {
        double ratio = 2.0 * partition.smallest() / partition.largest();
        return Math.min(1, ratio * ratio);
    }

    private static int countBelow(double[] sorted, int count, double limit) {
        int at = Arrays.binarySearch(sorted, 0, count, limit);
        if (at < 0) {
            return -at - 1;
        }
        while (at > 0 && sorted[at - 1] == limit) {
            at--;
        }
        return at;
    }

    /** One over the number of ways to choose {@code chosen} of {@code all}. */
    private static double oddsByChance(long all, long chosen) {
        double odds = 1;
        for (long i = 1; i <= Math.min(chosen, all - chosen) && odds > 1e-9; i++) {
            odds *= (double) i / (all - i + 1);
        }
        return odds;
    }

    /** Of there being nothing above the groups that are found already. */
    static double ofOneGroup(LatencyMatrix matrix, Partition finest) {
        int size = matrix.size();
        double[] latencies = new double[size * (size - 1) / 2];
        int count = 0;
        for (int a = 0; a < size; a++) {
            for (int b = a + 1; b < size; b++) {
                if (!finest.joins(a, b) && matrix.isKnown(a, b)) {
                    latencies[count++] = matrix.latency(a, b);
                }
            }
        }
        double median = Medians.of(latencies, count);
        long alike = Arrays.stream(latencies, 0, count)
                .filter(latency -> latency < median * ALIKE && latency > median / ALIKE)
                .count();
        return count == 0 ? 0 : (double) alike / count * (1 - 1.0 / count);
    }
}
