package dev.mitosis.lab.report;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mitosis.lab.counters.Estimate;
import dev.mitosis.lab.whatif.FittedAnswer;
import dev.mitosis.lab.whatif.FittedAnswer.FittedRow;
import dev.mitosis.lab.whatif.FittedCosts;
import java.util.Locale;

/** What counters make of an answer, for people and programs. */
final class FitText {
    private FitText() {}

    /** The fit, then a line a policy. */
    static String of(FittedAnswer fitted, boolean isMoved) {
        FittedCosts costs = fitted.costs();
        StringBuilder text = new StringBuilder();
        add(
                text,
                "%n  Fitted to %d sample%s of counters%s:%n",
                fitted.samples(),
                fitted.samples() == 1 ? "" : "s",
                fitted.samples() == 1 ? "" : percent(", which lie %.1f%% around it", fitted.residual()));
        add(
                text,
                "  base CPI %.2f, %s; walks %s a thousand instructions (simulated: %.2f),%n",
                costs.baseCpi(),
                costs.dataWeight() == 0
                        ? "data misses hidden"
                        : String.format(Locale.ROOT, "%.1f data misses at a time", 1 / costs.dataWeight()),
                Double.isNaN(fitted.countedWalksPerThousand())
                        ? "not counted"
                        : String.format(Locale.ROOT, "%.2f", fitted.countedWalksPerThousand()),
                fitted.simulatedWalksPerThousand());
        add(
                text,
                "  each of %.0f cycles besides its reads, of which memory answers %.2f for each simulated one; %.2f walks at a time;%n",
                costs.fixedCycles(),
                costs.memoryScale(),
                costs.overlap());
        add(text, "  %.1f%% of the cycles are walks where its memory is%n", 100 * fitted.countedWalkShare());
        if (costs.kernelWeight() == 0) {
            add(
                    text,
                    "  memory management as simulated does not fit into the cycles that were counted, and is left out%n");
        }
        if (fitted.isDoubtful()) {
            add(
                    text,
                    "  counted and simulated walks differ by more than a factor of three: the same program, input and machine?%n");
        }
        add(text, "%n");
        add(
                text,
                "  %-12s  %-8s  %-15s  %s%s%n",
                "policy",
                "speedup",
                "95% interval",
                isMoved ? String.format(Locale.ROOT, "%-26s", "old node busy, interval") : "",
                "if walks differ by reads of memory");
        for (FittedRow row : fitted.rows()) {
            add(
                    text,
                    "  %-12s  %6.2fx   %-15s  %s%.2fx%n",
                    row.policy(),
                    row.speedup().value(),
                    row.speedup().interval(),
                    isMoved
                            ? String.format(
                                    Locale.ROOT,
                                    "%-26s",
                                    String.format(
                                                    Locale.ROOT,
                                                    "%.2fx ",
                                                    row.contended().value())
                                            + row.contended().interval())
                            : "",
                    row.ifMemory());
        }
        return text.toString();
    }

    static void put(ObjectNode node, FittedAnswer fitted) {
        FittedCosts costs = fitted.costs();
        node.put("samples", fitted.samples());
        node.put("residual", fitted.residual());
        node.put("baseCpi", costs.baseCpi());
        node.put("dataWeight", costs.dataWeight());
        node.put("kernelWeight", costs.kernelWeight());
        node.put("walkScale", costs.walkScale());
        node.put("fixedWalkCycles", costs.fixedCycles());
        node.put("cachedReadScale", costs.cachedScale());
        node.put("memoryReadScale", costs.memoryScale());
        node.put("walkOverlap", costs.overlap());
        number(node, "countedWalksPerThousandInstructions", fitted.countedWalksPerThousand());
        node.put("simulatedWalksPerThousandInstructions", fitted.simulatedWalksPerThousand());
        node.put("walkShare", fitted.countedWalkShare());
        node.put("isDoubtful", fitted.isDoubtful());
        ArrayNode rows = node.putArray("policies");
        for (FittedRow row : fitted.rows()) {
            ObjectNode entry = rows.addObject();
            entry.put("policy", row.policy());
            put(entry.putObject("speedup"), row.speedup());
            put(entry.putObject("speedupContended"), row.contended());
            entry.put("speedupIfMemoryReads", row.ifMemory());
        }
    }

    /** An interval that is not known is null. */
    static void put(ObjectNode node, Estimate estimate) {
        node.put("value", estimate.value());
        number(node, "low", estimate.low());
        number(node, "high", estimate.high());
    }

    private static void number(ObjectNode node, String name, double value) {
        if (Double.isNaN(value)) {
            node.putNull(name);
        } else {
            node.put(name, value);
        }
    }

    /** Further columns of a line: speedup, low and high end; empty where they are not known. */
    static String csv(Estimate estimate) {
        return estimate.hasInterval()
                ? String.format(Locale.ROOT, ",%.4f,%.4f,%.4f", estimate.value(), estimate.low(), estimate.high())
                : String.format(Locale.ROOT, ",%.4f,,", estimate.value());
    }

    private static String percent(String format, double share) {
        return String.format(Locale.ROOT, format, 100 * share);
    }

    private static void add(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values));
    }
}
