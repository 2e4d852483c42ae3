package dev.mitosis.cli.verify;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mitosis.lab.whatif.PageSizes;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Measured ratios beside predicted ones, and how far to trust what is predicted.
 *
 * @param machine that was simulated
 * @param load of this machine while it measured: processes that wanted to run, over processors
 */
record VerifyReport(String machine, double load, List<Line> lines) {
    /** An effect that is worth a sign. */
    private static final double EFFECT = 0.05;

    /** A machine with so many processes a processor measures the others. */
    private static final double LOADED = 1.5;

    private static final double TRUSTED_ERROR = 0.08;

    /**
     * One ratio of one program.
     *
     * @param what huge, for base over huge pages, or busy, for beside a neighbour over alone
     * @param noise what repeats differ by, as a share
     */
    record Line(String program, String what, double measured, double noise, PageSizes.Ratio predicted) {
        double error() {
            return predicted.value() / measured - 1;
        }

        boolean hasEffect() {
            return Math.abs(measured - 1) > EFFECT;
        }

        boolean hasSign() {
            return predicted.value() > 1 == measured > 1;
        }

        boolean isWithin() {
            return measured * (1 + noise) >= predicted.low() && measured * (1 - noise) <= predicted.high();
        }
    }

    private double meanError(String what) {
        return lines.stream()
                .filter(line -> line.what.equals(what))
                .mapToDouble(line -> Math.abs(line.error()))
                .average()
                .orElse(0);
    }

    private double worstError() {
        return lines.stream().mapToDouble(line -> Math.abs(line.error())).max().orElse(0);
    }

    private long effects() {
        return lines.stream().filter(Line::hasEffect).count();
    }

    private long signs() {
        return lines.stream().filter(line -> line.hasEffect() && line.hasSign()).count();
    }

    String text() {
        StringBuilder text = new StringBuilder(String.format(
                Locale.ROOT,
                "This machine, simulated as %s%n%n  %-24s  %-6s  %9s  %6s  %9s  %-15s  %8s%n",
                machine,
                "program",
                "ratio",
                "measured",
                "noise",
                "predicted",
                "(from … to)",
                "error"));
        for (Line line : lines) {
            text.append(String.format(
                    Locale.ROOT,
                    "  %-24s  %-6s  %8.2fx  %5.1f%%  %8.2fx  (%.2f … %.2f)    %+7.1f%%%n",
                    line.program,
                    line.what,
                    line.measured,
                    100 * line.noise,
                    line.predicted.value(),
                    line.predicted.low(),
                    line.predicted.high(),
                    100 * line.error()));
        }
        text.append(String.format(
                Locale.ROOT,
                "%n  huge: base pages over huge pages. busy: beside a neighbour that reads memory, over alone.%n"
                        + "  mean error %.1f %% (huge), %.1f %% (busy), worst %.1f %%; sign right for %d of %d effects above %.0f %%; %d of %d within"
                        + " the interval%n%n  %s%n",
                100 * meanError("huge"),
                100 * meanError("busy"),
                100 * worstError(),
                signs(),
                effects(),
                100 * EFFECT,
                lines.stream().filter(Line::isWithin).count(),
                lines.size(),
                trust()));
        return text.toString();
    }

    /** A sentence on how far to trust answers for these programs. */
    String trust() {
        if (load > LOADED) {
            return String.format(
                    Locale.ROOT,
                    "Do not trust this: %.1f processes a processor ran beside it. Measure again on a quiet machine.",
                    load);
        }
        double error = meanError("huge");
        if (error <= TRUSTED_ERROR && signs() == effects()) {
            return String.format(
                    Locale.ROOT,
                    "What page walks cost these programs is predicted to within %.0f %% here: so much to trust of an answer about their placement.",
                    100 * error);
        }
        return String.format(
                Locale.ROOT,
                "Predictions are off by %.0f %% here: trust the sign of an answer, and its size only where it is above that.",
                100 * error);
    }

    String json() {
        ObjectNode root = new ObjectMapper().createObjectNode();
        root.put("machine", machine);
        root.put("load", load);
        ArrayNode rows = root.putArray("ratios");
        for (Line line : lines) {
            ObjectNode row = rows.addObject();
            row.put("program", line.program);
            row.put("ratio", line.what);
            row.put("measured", line.measured);
            row.put("noise", line.noise);
            row.put("predicted", line.predicted.value());
            row.put("low", line.predicted.low());
            row.put("high", line.predicted.high());
        }
        root.put("trust", trust());
        return root.toPrettyString() + System.lineSeparator();
    }

    String csv() {
        List<String> rows = new ArrayList<>(List.of("program,ratio,measured,noise,predicted,low,high"));
        for (Line line : lines) {
            rows.add(String.format(
                    Locale.ROOT,
                    "\"%s\",%s,%.4f,%.4f,%.4f,%.4f,%.4f",
                    line.program.replace("\"", "\"\""),
                    line.what,
                    line.measured,
                    line.noise,
                    line.predicted.value(),
                    line.predicted.low(),
                    line.predicted.high()));
        }
        return String.join(System.lineSeparator(), rows) + System.lineSeparator();
    }
}
