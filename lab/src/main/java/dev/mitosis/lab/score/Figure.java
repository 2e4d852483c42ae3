package dev.mitosis.lab.score;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What an experiment saw: our numbers beside the published ones.
 *
 * @param notes sentences for people, after the table
 */
public record Figure(String id, String title, String unit, List<Row> rows, List<String> notes) {
    /** Two published numbers that differ by less than this do not say which is larger. */
    private static final double ORDERED_SHARE = 0.05;

    public Figure {
        rows = List.copyOf(rows);
        notes = List.copyOf(notes);
    }

    /**
     * One number.
     *
     * @param published empty where nobody has published it
     * @param isBaseline whether the published number has set a parameter, so that it proves nothing
     * @param isModelled whether what makes the configuration is in the model; else the prediction is that of the one without it, and not scored
     * @param walk of a run time, the part that is walks; empty when the number is no run time
     */
    public record Row(
            String workload,
            String config,
            OptionalDouble published,
            double predicted,
            boolean isBaseline,
            boolean isModelled,
            Optional<Walk> walk) {
        /** A prediction beside what was published. */
        public static Row of(String workload, String config, double published, double predicted) {
            return new Row(workload, config, OptionalDouble.of(published), predicted, false, true, Optional.empty());
        }

        /** What a parameter was set by. */
        public static Row baseline(String workload, String config, double published, double predicted) {
            return new Row(workload, config, OptionalDouble.of(published), predicted, true, true, Optional.empty());
        }

        /** A prediction that nothing published stands against. */
        public static Row alone(String workload, String config, double predicted) {
            return new Row(workload, config, OptionalDouble.empty(), predicted, false, true, Optional.empty());
        }

        /** What was published of a configuration whose mechanism is not modelled. */
        public static Row unmodelled(String workload, String config, double published, double unchanged) {
            return new Row(workload, config, OptionalDouble.of(published), unchanged, false, false, Optional.empty());
        }

        /** The same, knowing how much of the run time is walks. */
        public Row withWalk(Walk part) {
            return new Row(workload, config, published, predicted, isBaseline, isModelled, Optional.of(part));
        }

        /** How far the prediction is from what was published, in percent of it. */
        public OptionalDouble errorPercent() {
            return published.isEmpty()
                    ? OptionalDouble.empty()
                    : OptionalDouble.of(100 * (predicted / published.getAsDouble() - 1));
        }

        boolean isScored() {
            return published.isPresent() && !isBaseline && isModelled;
        }
    }

    /** The part of a run time that is walks, in the unit of the figure. */
    public record Walk(OptionalDouble published, double predicted) {}

    /** Numbers that count as predicted. */
    public int scored() {
        return (int) rows.stream().filter(Row::isScored).count();
    }

    /** The mean of the absolute errors of what counts as predicted, in percent. */
    public double meanErrorPercent() {
        return rows.stream()
                .filter(Row::isScored)
                .mapToDouble(row -> Math.abs(row.errorPercent().orElseThrow()))
                .average()
                .orElse(0);
    }

    /** Whether its numbers are shares already, so that errors are points and not percent of percent. */
    public boolean isShares() {
        return unit.startsWith("percent");
    }

    private double meanErrorPoints() {
        return rows.stream()
                .filter(Row::isScored)
                .mapToDouble(row -> Math.abs(row.predicted() - row.published().orElseThrow()))
                .average()
                .orElse(0);
    }

    /** A sentence: how good the predictions are, or that there is nothing to hold them against. */
    public String scoreText() {
        if (rows.stream().allMatch(row -> row.published().isEmpty())) {
            return "nothing is published to compare with";
        }
        if (scored() == 0) {
            return "every published number is a baseline or not modelled, so there is no error";
        }
        int[] orderings = orderings();
        return String.format(
                Locale.ROOT,
                "mean error %.1f %s of %d predicted numbers; %d of %d clear orderings kept",
                isShares() ? meanErrorPoints() : meanErrorPercent(),
                isShares() ? "points" : "%",
                scored(),
                orderings[0],
                orderings[1]);
    }

    /** Pairs of configurations of one workload whose published numbers differ clearly: all of them, and those in our order. */
    public int[] orderings() {
        int all = 0;
        int kept = 0;
        List<Row> known = new ArrayList<>(rows.stream()
                .filter(row -> row.published().isPresent() && row.isModelled())
                .toList());
        for (int i = 0; i < known.size(); i++) {
            for (int j = i + 1; j < known.size(); j++) {
                Row one = known.get(i);
                Row other = known.get(j);
                double a = one.published().orElseThrow();
                double b = other.published().orElseThrow();
                if (one.workload().equals(other.workload()) && Math.abs(a - b) > ORDERED_SHARE * Math.min(a, b)) {
                    all++;
                    kept += a < b == one.predicted() < other.predicted() ? 1 : 0;
                }
            }
        }
        return new int[] {kept, all};
    }
}
