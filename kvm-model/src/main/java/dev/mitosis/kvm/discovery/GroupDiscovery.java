package dev.mitosis.kvm.discovery;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Finds the tiers of a machine in its cache-line latencies.
 *
 * <p>At every limit between the fastest pair and the slowest, two percent apart, the processors fall into groups
 * ({@link NeighbourGraph}). Groups that stay the same while the limit grows by a quarter or more are a tier: what noise of ten
 * percent makes of equal latencies spans a factor of 1.1/0.9 at most, and so cannot look like one. Smaller steps between tiers are
 * then looked for in averages ({@link WeakSteps}).
 *
 * <p>Errors: none; a machine in which nothing stands out is one group.
 *
 * <p>Cost: some 150 limits of n³/64 word operations: 20 ms for 128 processors, 0.9 s for 1,024.
 *
 * <p>Source: the idea of measuring is vMitosis' (ASPLOS'21, configuration NO-F); agreement of neighbours is Jarvis and Patrick's,
 * Clustering using a similarity measure based on shared near neighbors (IEEE Trans. Computers, 1973).
 */
public final class GroupDiscovery {
    private static final double STEP = 1.02;
    private static final double LEAST_CUT_RATIO = 1.25;
    private static final int LEAST_PAIRS = 2;
    /** Of the processors, at least one in so many must gain a neighbour by a tier: else it is a few odd pairs. */
    private static final int MOST_ALONE = 4;

    private final LatencyMatrix matrix;
    private final KernelView kernel;

    private GroupDiscovery(LatencyMatrix matrix, KernelView kernel) {
        this.matrix = matrix;
        this.kernel = kernel;
    }

    /** Everything that is found. */
    public static Discovery discover(LatencyMatrix matrix) {
        return discover(matrix, KernelView.NONE);
    }

    /** Everything that is found, named as the kernel does where it describes the same groups. */
    public static Discovery discover(LatencyMatrix matrix, KernelView kernel) {
        return new GroupDiscovery(matrix, kernel).run();
    }

    /** The socket of each processor, as {@link Discovery#sockets()} has it. */
    public static int[] groups(LatencyMatrix matrix) {
        return discover(matrix).sockets();
    }

    private Discovery run() {
        List<Lasting> chosen = new ArrayList<>();
        for (Lasting candidate : lasting()) {
            boolean isNew = chosen.stream()
                    .allMatch(other -> isTierBelow(candidate.partition(), other.partition())
                            || isTierBelow(other.partition(), candidate.partition()));
            if (isNew) {
                chosen.add(candidate);
            }
        }
        chosen.sort(
                Comparator.comparingInt((Lasting found) -> -found.partition().groupCount()));
        return new Discovery(matrix, tiers(withWeakSteps(withSlowSiblings(chosen))), kernel);
    }

    /** The same with the threads of a core joined that answer more slowly than those of others do, and faster than any core. */
    private List<Lasting> withSlowSiblings(List<Lasting> chosen) {
        if (chosen.isEmpty()) {
            return chosen;
        }
        Lasting finest = chosen.get(0);
        double within = medianBetween(Partition.singles(matrix.size()), finest.partition());
        if (!TierKind.isOfThreads(finest.partition().largest(), within)) {
            return chosen;
        }
        List<Lasting> joined = new ArrayList<>(chosen);
        joined.set(0, new Lasting(SlowSiblings.join(matrix, finest.partition()), finest.cutRatio()));
        if (chosen.size() > 1
                && !isTierBelow(joined.get(0).partition(), chosen.get(1).partition())) {
            joined.remove(1);
        }
        return joined;
    }

    /** The same with what lies between any two of them, from single processors to all, and stands out on average only. */
    private List<Lasting> withWeakSteps(List<Lasting> chosen) {
        List<Lasting> all = new ArrayList<>();
        Partition finer = Partition.singles(matrix.size());
        for (int i = 0; i <= chosen.size(); i++) {
            Partition coarser = i < chosen.size() ? chosen.get(i).partition() : Partition.oneGroup(matrix.size());
            WeakSteps.between(matrix, finer, coarser).ifPresent(found -> all.add(new Lasting(found, 1)));
            if (i < chosen.size()) {
                all.add(chosen.get(i));
            }
            finer = coarser;
        }
        return all;
    }

    /** Whether a partition lies within another, which joins more than a few odd processors of it. */
    private static boolean isTierBelow(Partition finer, Partition coarser) {
        return finer.isWithin(coarser) && finer.countJoinedBy(coarser) * MOST_ALONE >= finer.cpus();
    }

    /** A partition and the ratio of the highest limit to the lowest that give it. */
    private record Lasting(Partition partition, double cutRatio) {}

    /** The partitions that last, the longest first. */
    private List<Lasting> lasting() {
        NeighbourGraph graph = new NeighbourGraph(matrix);
        List<Lasting> found = new ArrayList<>();
        double[] range = range();
        double from = range[0];
        Partition current = Partition.singles(matrix.size());
        for (double limit = range[0]; limit <= range[1] * STEP; limit *= STEP) {
            Partition partition = graph.groups(limit);
            if (!partition.equals(current)) {
                keep(found, current, limit / from);
                current = partition;
                from = limit;
            }
        }
        // Whatever is left at the last limit is beyond the slowest pair: one group.
        found.sort(Comparator.comparingDouble((Lasting one) -> -one.cutRatio()));
        return found;
    }

    private static void keep(List<Lasting> found, Partition partition, double cutRatio) {
        boolean isSupported =
                partition.countPairs() >= LEAST_PAIRS && partition.countGrouped() * MOST_ALONE >= partition.cpus();
        if (isSupported && partition.groupCount() > 1 && cutRatio >= LEAST_CUT_RATIO) {
            found.add(new Lasting(partition, cutRatio));
        }
    }

    /** The fastest and the slowest latency; an empty range where there is none. */
    private double[] range() {
        double[] range = {Double.MAX_VALUE, 0};
        for (int a = 0; a < matrix.size(); a++) {
            for (int b = a + 1; b < matrix.size(); b++) {
                if (matrix.isKnown(a, b)) {
                    range[0] = Math.min(range[0], matrix.latency(a, b));
                    range[1] = Math.max(range[1], matrix.latency(a, b));
                }
            }
        }
        return range;
    }

    private List<Tier> tiers(List<Lasting> chosen) {
        List<Tier> tiers = new ArrayList<>();
        for (int i = 0; i < chosen.size(); i++) {
            Partition partition = chosen.get(i).partition();
            Partition finer = i == 0
                    ? Partition.singles(matrix.size())
                    : chosen.get(i - 1).partition();
            Partition coarser = i + 1 == chosen.size()
                    ? Partition.oneGroup(matrix.size())
                    : chosen.get(i + 1).partition();
            double within = medianBetween(finer, partition);
            double across = medianBetween(partition, coarser);
            TierKind kind = kernel.areCores(partition) && i == 0
                    ? TierKind.SMT
                    : kernel.arePackages(partition) && i + 1 == chosen.size()
                            ? TierKind.SOCKET
                            : TierKind.of(i == 0, i + 1 == chosen.size(), partition.largest(), within, across);
            tiers.add(new Tier(
                    kind,
                    partition.asList(),
                    within,
                    across,
                    chosen.get(i).cutRatio(),
                    Confidence.ofTier(matrix, partition)));
        }
        return tiers;
    }

    /** The median latency of pairs that a coarser partition joins and a finer one does not. */
    private double medianBetween(Partition finer, Partition coarser) {
        int size = matrix.size();
        double[] latencies = new double[size * (size - 1) / 2];
        int count = 0;
        for (int a = 0; a < size; a++) {
            for (int b = a + 1; b < size; b++) {
                if (coarser.joins(a, b) && !finer.joins(a, b) && matrix.isKnown(a, b)) {
                    latencies[count++] = matrix.latency(a, b);
                }
            }
        }
        return Medians.of(latencies, count);
    }
}
