package dev.mitosis.lab.score;

import java.util.Locale;

/** Errors of speedups by copies, in points, beside those of one set of constants and of always answering 1. */
public final class SpeedupScore {
    private double ours;
    private double constant;
    private double unmoved;
    private int count;

    public void add(double published, double predicted, double byConstants) {
        ours += 100 * Math.abs(predicted - published);
        constant += 100 * Math.abs(byConstants - published);
        unmoved += 100 * Math.abs(1 - published);
        count++;
    }

    public String text() {
        if (count == 0) {
            return "Speedups by copies: none is published.";
        }
        return String.format(
                Locale.ROOT,
                "Speedups by copies: mean error %.1f points of %d; always answering 1: %.1f points; one set of constants: %.1f points.",
                ours / count,
                count,
                unmoved / count,
                constant / count);
    }
}
