package dev.mitosis.lab.counters;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * A number computed from samples, with the interval that holds it with 95 %.
 *
 * <p>From several samples by the jackknife: the number is computed again without each sample in turn, and how much that changes it is how
 * far the next sample might. From one that is itself a mean (perf stat -r): each count is moved by its standard error in turn. Student's t
 * for as many samples.
 *
 * <p>Source: the delete-one jackknife of a ratio: Efron and Tibshirani, An Introduction to the Bootstrap (1993), ch. 11.
 *
 * @param low not a number where one sample alone says nothing of its spread, as {@code high}
 */
public record Estimate(double value, double low, double high) {
    /** Student's t for 97.5 %, by degrees of freedom from 1. */
    private static final double[] T = {
        12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160, 2.145, 2.131, 2.120,
        2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056, 2.052, 2.048, 2.045, 2.042
    };

    private static final double NORMAL = 1.960;
    private static final double NORMAL_SLOPE = 2.4;

    /** The number that {@code statistic} makes of all samples together. */
    public static Estimate of(List<CounterSample> samples, ToDoubleFunction<CounterSample> statistic) {
        CounterSample all = CounterSample.sum(samples);
        double value = statistic.applyAsDouble(all);
        double error;
        int freedom;
        if (samples.size() > 1) {
            error = jackknife(samples, statistic);
            freedom = samples.size() - 1;
        } else if (!all.spreads().isEmpty() && all.runs() > 1) {
            error = propagated(all, value, statistic);
            freedom = all.runs() - 1;
        } else {
            return new Estimate(value, Double.NaN, Double.NaN);
        }
        double half = error * studentT(freedom);
        return new Estimate(value, value - half, value + half);
    }

    private static double jackknife(List<CounterSample> samples, ToDoubleFunction<CounterSample> statistic) {
        int n = samples.size();
        double[] without = new double[n];
        double mean = 0;
        for (int i = 0; i < n; i++) {
            List<CounterSample> others = new ArrayList<>(samples);
            others.remove(i);
            without[i] = statistic.applyAsDouble(CounterSample.sum(others));
            mean += without[i] / n;
        }
        double squares = 0;
        for (double one : without) {
            squares += (one - mean) * (one - mean);
        }
        return Math.sqrt(squares * (n - 1) / n);
    }

    private static double propagated(CounterSample mean, double value, ToDoubleFunction<CounterSample> statistic) {
        double squares = 0;
        for (Map.Entry<Quantity, Double> spread : mean.spreads().entrySet()) {
            double moved = statistic.applyAsDouble(mean.scaled(spread.getKey(), 1 + spread.getValue()));
            squares += (moved - value) * (moved - value);
        }
        return Math.sqrt(squares);
    }

    static double studentT(int freedom) {
        return freedom <= T.length ? T[freedom - 1] : NORMAL + NORMAL_SLOPE / freedom;
    }

    public boolean hasInterval() {
        return !Double.isNaN(low);
    }

    /** For people: the interval with two digits after the point. */
    public String interval() {
        return hasInterval() ? String.format(Locale.ROOT, "%.2f … %.2f", low, high) : "unknown";
    }
}
