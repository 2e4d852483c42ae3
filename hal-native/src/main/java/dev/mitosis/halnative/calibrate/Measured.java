package dev.mitosis.halnative.calibrate;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/**
 * A number of the host: the best of several rounds, and how far the middle one was from it.
 *
 * @param value the least, or of a bandwidth the most
 * @param spread of the median from it, as a part of it
 * @param rounds how many there were
 */
public record Measured(double value, double spread, int rounds) {
    /** Beyond this a number is said not to be stable. */
    public static final double MOST_SPREAD = 0.05;

    public boolean isStable() {
        return spread <= MOST_SPREAD;
    }

    /** Measures once. */
    public interface Round {
        double measure() throws Exception;
    }

    /** Repeats until the best of the rounds has been met again within two percent, or the rounds are used up. */
    public static Measured least(int mostRounds, Round round) throws Exception {
        return best(mostRounds, 1, round);
    }

    /** The same of a number that is the better the higher. */
    public static Measured most(int mostRounds, Round round) throws Exception {
        return best(mostRounds, -1, round);
    }

    private static Measured best(int mostRounds, int sign, Round round) throws Exception {
        List<Double> seen = new ArrayList<>();
        do {
            seen.add(sign * round.measure());
            Collections.sort(seen);
        } while (seen.size() < mostRounds && !isSettled(seen));
        double best = seen.get(0);
        double median = seen.get(seen.size() / 2);
        return new Measured(sign * best, Math.abs((median - best) / best), seen.size());
    }

    private static boolean isSettled(List<Double> sorted) {
        if (sorted.size() < 3) {
            return false;
        }
        double best = sorted.get(0);
        double third = sorted.get(2);
        return Math.abs(third - best) <= 0.02 * Math.abs(best);
    }
}
