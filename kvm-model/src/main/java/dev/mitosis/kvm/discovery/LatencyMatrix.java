package dev.mitosis.kvm.discovery;

import java.util.Arrays;
import java.util.random.RandomGenerator;

/**
 * How long a cache line takes between each two processors.
 *
 * <p>Shape: symmetric; {@code latency[a * size + b]}, {@code NaN} where nobody measured. The diagonal is always unknown. Where both
 * directions were given, the faster counts: disturbance only adds time.
 *
 * <p>Units: nanoseconds, one way. Only the names of tiers depend on it; groups come out the same in any unit.
 *
 * <p>Errors: {@link IllegalArgumentException} for a latency that is not above 0, or a size outside 1 to {@link #MOST_CPUS}.
 */
public final class LatencyMatrix {
    /** A matrix of more is refused: 2048 processors are 32 MiB. */
    public static final int MOST_CPUS = 2048;

    private final int size;
    private final double[] latency;

    private LatencyMatrix(int size, double[] latency) {
        this.size = size;
        this.latency = latency;
    }

    /** A matrix from rows; {@code NaN} stands for an unknown latency, and the diagonal is not looked at. */
    public static LatencyMatrix of(double[][] rows) {
        int size = rows.length;
        if (size < 1 || size > MOST_CPUS) {
            throw new IllegalArgumentException("a matrix has 1 to " + MOST_CPUS + " rows, not " + size);
        }
        double[] latency = new double[size * size];
        Arrays.fill(latency, Double.NaN);
        for (int a = 0; a < size; a++) {
            if (rows[a].length != size) {
                throw new IllegalArgumentException(
                        "row " + a + " has " + rows[a].length + " latencies, not " + size + " as there are rows");
            }
            for (int b = 0; b < size; b++) {
                double value = rows[a][b];
                if (a == b || Double.isNaN(value)) {
                    continue;
                }
                if (!(value > 0) || Double.isInfinite(value)) {
                    throw new IllegalArgumentException(
                            "latency " + value + " between " + a + " and " + b + " is not a finite number above 0");
                }
                double known = latency[a * size + b];
                double faster = Double.isNaN(known) ? value : Math.min(known, value);
                latency[a * size + b] = faster;
                latency[b * size + a] = faster;
            }
        }
        return new LatencyMatrix(size, latency);
    }

    public int size() {
        return size;
    }

    /** The latency between two processors, or {@code NaN}. */
    public double latency(int a, int b) {
        return latency[a * size + b];
    }

    public boolean isKnown(int a, int b) {
        return !Double.isNaN(latency[a * size + b]);
    }

    /** How many pairs have a latency. */
    public int countKnownPairs() {
        int known = 0;
        for (int a = 0; a < size; a++) {
            for (int b = a + 1; b < size; b++) {
                known += isKnown(a, b) ? 1 : 0;
            }
        }
        return known;
    }

    /** The same machine with its processors numbered otherwise: new processor {@code i} is old {@code oldNumber[i]}. */
    public LatencyMatrix renumbered(int[] oldNumber) {
        double[][] rows = new double[size][size];
        for (int a = 0; a < size; a++) {
            for (int b = 0; b < size; b++) {
                rows[a][b] = latency(oldNumber[a], oldNumber[b]);
            }
        }
        return of(rows);
    }

    /** Each latency times a factor of its own, drawn evenly from {@code 1 - share} to {@code 1 + share}. */
    public LatencyMatrix withNoise(double share, RandomGenerator random) {
        double[][] rows = new double[size][size];
        for (int a = 0; a < size; a++) {
            for (int b = a + 1; b < size; b++) {
                rows[a][b] = latency(a, b) * (1 + share * (2 * random.nextDouble() - 1));
                rows[b][a] = rows[a][b];
            }
        }
        return of(rows);
    }

    /** All latencies times a factor: cycles become nanoseconds. */
    public LatencyMatrix scaled(double factor) {
        double[][] rows = rows();
        for (double[] row : rows) {
            for (int b = 0; b < size; b++) {
                row[b] *= factor;
            }
        }
        return of(rows);
    }

    /** A copy as rows. */
    public double[][] rows() {
        double[][] rows = new double[size][];
        for (int a = 0; a < size; a++) {
            rows[a] = Arrays.copyOfRange(latency, a * size, (a + 1) * size);
        }
        return rows;
    }
}
