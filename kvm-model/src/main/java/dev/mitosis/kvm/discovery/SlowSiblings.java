package dev.mitosis.kvm.discovery;

import java.util.Arrays;

/**
 * Joins processors that are alone in a tier of SMT siblings and are each other's fastest by far: threads of a core that were measured at
 * another speed than those of other cores, while it ran at another frequency.
 */
final class SlowSiblings {
    /** Siblings answer in 7 to 16 ns, and cores in 18 or more. */
    private static final double LEAST_STEP = 1.4;

    private SlowSiblings() {}

    static Partition join(LatencyMatrix matrix, Partition siblings) {
        int size = matrix.size();
        int[] names = new int[size];
        int[] members = new int[size];
        for (int cpu = 0; cpu < size; cpu++) {
            names[cpu] = siblings.groupOf(cpu);
            members[names[cpu]]++;
        }
        if (siblings.largest() != 2) {
            return siblings;
        }
        for (int cpu = 0; cpu < size; cpu++) {
            int fastest = members[siblings.groupOf(cpu)] == 1 ? farFastest(matrix, cpu) : -1;
            if (fastest > cpu && members[siblings.groupOf(fastest)] == 1 && farFastest(matrix, fastest) == cpu) {
                names[fastest] = names[cpu];
            }
        }
        return new Partition(Arrays.copyOf(names, size));
    }

    /** The processor that answers this one as a sibling does, and far faster than all others; -1 for none. */
    private static int farFastest(LatencyMatrix matrix, int cpu) {
        int fastest = -1;
        double first = Double.MAX_VALUE;
        double second = Double.MAX_VALUE;
        for (int other = 0; other < matrix.size(); other++) {
            if (other != cpu && matrix.isKnown(cpu, other)) {
                double latency = matrix.latency(cpu, other);
                if (latency < first) {
                    second = first;
                    first = latency;
                    fastest = other;
                } else {
                    second = Math.min(second, latency);
                }
            }
        }
        return TierKind.isOfThreads(2, first) && second >= LEAST_STEP * first ? fastest : -1;
    }
}
