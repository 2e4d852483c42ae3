package dev.mitosis.kvm.discovery;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Who is nearer to whom than a limit, and the groups that follow.
 *
 * <p>Two processors belong together when their sets of near processors, each counting itself, agree by more than half (Jaccard's
 * index), and a processor stays in a group when it is near to more than half of it. So no single pair decides: a wrong one between
 * groups of two, {a b} and {c d}, makes the sets of b and c {a b c} and {b c d}, which agree by two of four.
 *
 * <p>Shape: {@code near[cpu * words + word]}, and the same of the pairs that were measured.
 *
 * <p>Cost: n³/64 word operations for the groups of one limit.
 */
final class NeighbourGraph {
    private static final double MAJORITY = 0.5;

    private final LatencyMatrix matrix;
    private final int size;
    private final int words;
    private final long[] near;
    private final long[] known;
    private int nearPairs = -1;
    /** Found when it is first asked for, which is rarely: it means sorting all latencies. */
    private double typical;

    private Partition last;

    NeighbourGraph(LatencyMatrix matrix) {
        this.matrix = matrix;
        size = matrix.size();
        words = (size + 63) / 64;
        last = Partition.singles(size);
        near = new long[size * words];
        known = new long[size * words];
        for (int a = 0; a < size; a++) {
            for (int b = 0; b < size; b++) {
                if (a == b || matrix.isKnown(a, b)) {
                    set(known, a, b);
                }
            }
        }
    }

    /** The groups of processors nearer than a limit; call it with rising limits. */
    Partition groups(double limit) {
        int pairs = connect(limit);
        if (pairs != nearPairs) {
            // Limits rise, so as many pairs are the same pairs.
            nearPairs = pairs;
            last = groups();
        }
        return last;
    }

    private int connect(double limit) {
        int pairs = 0;
        Arrays.fill(near, 0);
        for (int a = 0; a < size; a++) {
            set(near, a, a);
            for (int b = 0; b < size; b++) {
                if (matrix.latency(a, b) < limit) {
                    set(near, a, b);
                    pairs++;
                }
            }
        }
        return pairs;
    }

    private Partition groups() {
        int[] root = new int[size];
        Arrays.setAll(root, cpu -> cpu);
        for (int a = 0; a < size; a++) {
            for (int b = a + 1; b < size; b++) {
                if (find(root, a) != find(root, b) && agree(a, b)) {
                    root[find(root, a)] = find(root, b);
                }
            }
        }
        int[] names = new int[size];
        Arrays.setAll(names, cpu -> find(root, cpu));
        typical = Double.NaN;
        for (List<Integer> members : new Partition(names).groups()) {
            dropStrangers(names, new ArrayList<>(members));
        }
        return new Partition(names);
    }

    /** Whether the near sets of two processors, of what both know, are the same by more than half. */
    private boolean agree(int a, int b) {
        int both = 0;
        int either = 0;
        for (int word = 0; word < words; word++) {
            long ofA = near[a * words + word] & known[b * words + word];
            long ofB = near[b * words + word] & known[a * words + word];
            both += Long.bitCount(ofA & ofB);
            either += Long.bitCount(ofA | ofB);
        }
        return 2 * both > either;
    }

    /** Takes out, the worst first, those that are near to no more than half of the others of their group. */
    private void dropStrangers(int[] names, List<Integer> members) {
        while (members.size() > 1) {
            int worst = -1;
            double worstShare = MAJORITY;
            double worstDistance = -1;
            for (int cpu : members) {
                double share = nearShare(cpu, members);
                if (share > worstShare) {
                    continue;
                }
                double distance = meanDistance(cpu, members);
                if (share < worstShare || distance > worstDistance) {
                    worst = cpu;
                    worstShare = share;
                    worstDistance = distance;
                }
            }
            if (worst < 0) {
                return;
            }
            names[worst] = size + worst;
            members.remove((Integer) worst);
        }
    }

    private double nearShare(int cpu, List<Integer> members) {
        int measured = 0;
        int close = 0;
        for (int other : members) {
            if (other != cpu && matrix.isKnown(cpu, other)) {
                measured++;
                close += isNear(cpu, other) ? 1 : 0;
            }
        }
        return measured == 0 ? 1 : (double) close / measured;
    }

    /** The median latency of all that are near each other: an odd one says little about it. */
    private double typicalLatency() {
        double[] latencies = new double[size * (size - 1) / 2];
        int count = 0;
        for (int a = 0; a < size; a++) {
            for (int b = a + 1; b < size; b++) {
                if (isNear(a, b)) {
                    latencies[count++] = matrix.latency(a, b);
                }
            }
        }
        return Medians.of(latencies, count);
    }

    /** How far the latencies of a processor are from what is typical, as a mean of logarithms. */
    private double meanDistance(int cpu, List<Integer> members) {
        if (Double.isNaN(typical)) {
            typical = typicalLatency();
        }
        double sum = 0;
        for (int other : members) {
            if (other != cpu && matrix.isKnown(cpu, other)) {
                sum += Math.abs(Math.log(matrix.latency(cpu, other) / typical));
            }
        }
        return sum / members.size();
    }

    private boolean isNear(int a, int b) {
        return (near[a * words + (b >> 6)] >>> b & 1) != 0;
    }

    private void set(long[] bits, int a, int b) {
        bits[a * words + (b >> 6)] |= 1L << b;
    }

    private static int find(int[] root, int cpu) {
        int at = cpu;
        while (root[at] != at) {
            root[at] = root[root[at]];
            at = root[at];
        }
        return at;
    }
}
