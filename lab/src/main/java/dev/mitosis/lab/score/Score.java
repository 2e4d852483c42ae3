package dev.mitosis.lab.score;

import dev.mitosis.lab.model.Cycles;
import java.util.Locale;

/** Errors, by page size. */
public final class Score {
    private static final String NOTHING = "every published number is a baseline, and baselines are not scored";

    private double small;
    private int smallCount;
    private double huge;
    private int hugeCount;
    private double ofBase;
    private double walkPoints;
    private double worst;

    public void add(boolean isHuge, Cycles known, Cycles predicted, Cycles base) {
        double error = 100 * Math.abs(predicted.runtime() / known.runtime() - 1);
        if (isHuge) {
            huge += error;
            hugeCount++;
        } else {
            small += error;
            smallCount++;
        }
        ofBase += 100 * Math.abs(predicted.runtime() - known.runtime()) / base.runtime();
        walkPoints += 100 * Math.abs(predicted.walk() / predicted.runtime() - known.walk() / known.runtime());
        worst = Math.max(worst, error);
    }

    public void addPercent(double error) {
        small += error;
        smallCount++;
    }

    public int count() {
        return smallCount + hugeCount;
    }

    public double mean() {
        return count() == 0 ? 0 : (small + huge) / count();
    }

    private static String mean(double sum, int count) {
        return count == 0 ? "none" : String.format(Locale.ROOT, "%.1f %% (%d)", sum / count, count);
    }

    /** The same of run times of which no walks are known. */
    public String secondsText() {
        if (count() == 0) {
            return NOTHING;
        }
        int all = count();
        return String.format(
                Locale.ROOT,
                "mean error %s with 4 KiB pages, %s with huge pages, worst %.0f %%; %.1f %% of the baseline's run time",
                mean(small, smallCount),
                mean(huge, hugeCount),
                worst,
                ofBase / all);
    }

    public String text() {
        if (count() == 0) {
            return NOTHING;
        }
        int all = count();
        return String.format(
                Locale.ROOT,
                "mean error %s with 4 KiB pages, %s with huge pages, worst %.0f %%; %.1f %% of the baseline's run time; walk share"
                        + " off by %.1f points",
                mean(small, smallCount),
                mean(huge, hugeCount),
                worst,
                ofBase / all,
                walkPoints / all);
    }
}
