package dev.mitosis.kvm.discovery;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Finds groups whose step is lost in the noise of single pairs, but not in that of many: halves of a mesh, dies of one package.
 *
 * <p>Between two tiers, the groups of the finer one are units. Units whose rows of latencies are alike are joined, by average
 * linkage; of the ways to cut that tree, the clearest is taken, if all groups are of a size, every unit is nearer to its own group
 * than to the others, and the step cannot be chance (Student's t).
 *
 * <p>Cost: m³ for m units.
 */
final class WeakSteps {
    /** Groups of fewer units are left alone: a few pairs prove nothing. */
    private static final int LEAST_UNITS = 3;

    private static final int MOST_UNITS = 512;
    private static final double LEAST_STEP = 1.12;
    private static final double LEAST_UNIT_STEP = 1.06;
    private static final double LEAST_T = 5;
    /** Of logarithms: what is further from the median counts as so far, so that an outlier is one voice. */
    private static final double FURTHEST = Math.log(1.5);

    private final double[][] log;
    private final int units;

    private WeakSteps(double[][] log) {
        this.log = log;
        units = log.length;
    }

    /** A partition between two others, where each group of the coarser one falls into parts. */
    static Optional<Partition> between(LatencyMatrix matrix, Partition finer, Partition coarser) {
        List<List<Integer>> finerGroups = finer.groups();
        int[] names = new int[matrix.size()];
        int next = 0;
        for (List<Integer> group : coarser.groups()) {
            List<List<Integer>> members = new ArrayList<>();
            for (List<Integer> unit : finerGroups) {
                if (coarser.groupOf(unit.get(0)) == coarser.groupOf(group.get(0))) {
                    members.add(unit);
                }
            }
            if (members.size() < 2 * LEAST_UNITS || members.size() > MOST_UNITS) {
                return Optional.empty();
            }
            Optional<int[]> parts = unitLatencies(matrix, members).flatMap(log -> new WeakSteps(log).split());
            if (parts.isEmpty()) {
                return Optional.empty();
            }
            int[] partOf = parts.get();
            for (int unit = 0; unit < partOf.length; unit++) {
                for (int cpu : members.get(unit)) {
                    names[cpu] = next + partOf[unit];
                }
            }
            next += partOf.length;
        }
        return Optional.of(new Partition(names));
    }

    /** Logarithms of the median latencies between units, without what is far off; nothing where one is unknown. */
    private static Optional<double[][]> unitLatencies(LatencyMatrix matrix, List<List<Integer>> members) {
        int units = members.size();
        double[][] log = new double[units][units];
        double[] all = new double[units * (units - 1) / 2];
        int count = 0;
        for (int u = 0; u < units; u++) {
            for (int v = 0; v < u; v++) {
                log[u][v] = Math.log(medianBetween(matrix, members.get(u), members.get(v)));
                if (Double.isNaN(log[u][v])) {
                    return Optional.empty();
                }
                all[count++] = log[u][v];
            }
        }
        double median = Medians.of(all, count);
        for (int u = 0; u < units; u++) {
            for (int v = 0; v < u; v++) {
                log[u][v] = Math.max(median - FURTHEST, Math.min(median + FURTHEST, log[u][v]));
                log[v][u] = log[u][v];
            }
        }
        return Optional.of(log);
    }

    private static double medianBetween(LatencyMatrix matrix, List<Integer> u, List<Integer> v) {
        double[] latencies = new double[u.size() * v.size()];
        int count = 0;
        for (int a : u) {
            for (int b : v) {
                if (matrix.isKnown(a, b)) {
                    latencies[count++] = matrix.latency(a, b);
                }
            }
        }
        return Medians.of(latencies, count);
    }

    /** The part of each unit, or nothing where no cut is good. */
    private Optional<int[]> split() {
        double[][] distance = rowDistances();
        int[] partOf = new int[units];
        Arrays.setAll(partOf, unit -> unit);
        int[] best = {};
        double clearest = LEAST_T;
        for (int parts = units - 1; parts >= 2; parts--) {
            joinNearest(distance, partOf);
            double t = isSound(partOf) ? student(partOf) : 0;
            if (t >= clearest) {
                clearest = t;
                best = partOf.clone();
            }
        }
        return best.length == 0 ? Optional.empty() : Optional.of(best);
    }

    /** How unlike the rows of two units are: the mean square of the differences, without the largest. */
    private double[][] rowDistances() {
        double[][] distance = new double[units][units];
        for (int u = 0; u < units; u++) {
            for (int v = 0; v < u; v++) {
                double sum = 0;
                double largest = 0;
                for (int w = 0; w < units; w++) {
                    if (w != u && w != v) {
                        double difference = log[u][w] - log[v][w];
                        sum += difference * difference;
                        largest = Math.max(largest, difference * difference);
                    }
                }
                distance[u][v] = (sum - largest) / (units - 3);
                distance[v][u] = distance[u][v];
            }
        }
        return distance;
    }

    /** Joins the two parts whose units are least unlike on average. A part is named by its first unit, whose row has its averages. */
    private void joinNearest(double[][] distance, int[] partOf) {
        int first = -1;
        int second = -1;
        for (int u = 0; u < units; u++) {
            for (int v = 0; v < u; v++) {
                boolean areParts = partOf[u] == u && partOf[v] == v;
                if (areParts && (first < 0 || distance[u][v] < distance[first][second])) {
                    first = u;
                    second = v;
                }
            }
        }
        int sizeOfFirst = sizeOf(partOf, first);
        int sizeOfSecond = sizeOf(partOf, second);
        for (int w = 0; w < units; w++) {
            double mean = (distance[first][w] * sizeOfFirst + distance[second][w] * sizeOfSecond)
                    / (sizeOfFirst + sizeOfSecond);
            distance[second][w] = mean;
            distance[w][second] = mean;
        }
        for (int u = 0; u < units; u++) {
            if (partOf[u] == first) {
                partOf[u] = second;
            }
        }
    }

    private static int sizeOf(int[] partOf, int part) {
        return (int) Arrays.stream(partOf).filter(of -> of == part).count();
    }

    /** Whether parts are alike in size, and every unit is nearer to its own than to any other. */
    private boolean isSound(int[] partOf) {
        int[] sizes = new int[units];
        for (int part : partOf) {
            sizes[part]++;
        }
        int smallest = Arrays.stream(sizes).filter(size -> size > 0).min().orElse(0);
        int largest = Arrays.stream(sizes).max().orElse(0);
        if (smallest < LEAST_UNITS || largest > smallest + 1) {
            return false;
        }
        for (int u = 0; u < units; u++) {
            double own = mean(u, partOf, partOf[u]);
            for (int part = 0; part < units; part++) {
                boolean isOther = sizes[part] > 0 && part != partOf[u];
                if (isOther && mean(u, partOf, part) < own + Math.log(LEAST_UNIT_STEP)) {
                    return false;
                }
            }
        }
        return true;
    }

    /** The mean latency from a unit to those of a part. */
    private double mean(int unit, int[] partOf, int part) {
        double sum = 0;
        int count = 0;
        for (int v = 0; v < units; v++) {
            if (v != unit && partOf[v] == part) {
                sum += log[unit][v];
                count++;
            }
        }
        return sum / count;
    }

    /** Student's t of pairs within parts against pairs across; 0 where the step is too small to matter. */
    private double student(int[] partOf) {
        double[] sum = new double[2];
        double[] squares = new double[2];
        int[] count = new int[2];
        for (int u = 0; u < units; u++) {
            for (int v = 0; v < u; v++) {
                int side = partOf[u] == partOf[v] ? 0 : 1;
                sum[side] += log[u][v];
                squares[side] += log[u][v] * log[u][v];
                count[side]++;
            }
        }
        double step = sum[1] / count[1] - sum[0] / count[0];
        if (step < Math.log(LEAST_STEP)) {
            return 0;
        }
        double spread = 0;
        for (int side = 0; side < 2; side++) {
            spread += squares[side] - sum[side] * sum[side] / count[side];
        }
        double variance = Math.max(0, spread) / (count[0] + count[1] - 2);
        return step / Math.sqrt(variance * (1.0 / count[0] + 1.0 / count[1]) + 1e-12);
    }
}
