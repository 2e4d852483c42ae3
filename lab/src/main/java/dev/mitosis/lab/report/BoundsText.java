package dev.mitosis.lab.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.SerializationFeature;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mitosis.lab.whatif.CountersAlone.Bound;
import dev.mitosis.lab.whatif.CountersAlone.Bounds;
import java.util.List;
import java.util.Locale;

/** What counters alone say, for people and programs. */
public final class BoundsText {
    private static final ObjectMapper MAPPER = new ObjectMapper().enable(SerializationFeature.INDENT_OUTPUT);

    private BoundsText() {}

    public static String of(Bounds bounds, List<String> notes) {
        StringBuilder text = new StringBuilder();
        text.append(String.format(
                Locale.ROOT,
                "Counters alone, %d sample%s, on %s: %.1f%% of the cycles are page walks%s.%n",
                bounds.samples(),
                bounds.samples() == 1 ? "" : "s",
                bounds.machine(),
                100 * bounds.walkShare().value(),
                bounds.memoryShare()
                        .map(share -> String.format(
                                Locale.ROOT, ", %.0f%% of which memory takes to answer", 100 * share.value()))
                        .orElse("")));
        notes.forEach(note -> text.append("  note: ").append(note).append('\n'));
        for (Bound bound : bounds.scenarios()) {
            text.append(String.format(
                    Locale.ROOT,
                    "  %-6s local page tables make it %s1.00 and %.2fx as fast%s%n",
                    bound.scenario().label(),
                    bound.counted()
                            .map(counted -> String.format(
                                    Locale.ROOT,
                                    "%.2fx (95 %% interval %s); at all between ",
                                    counted.value(),
                                    counted.interval()))
                            .orElse("between "),
                    bound.most().value(),
                    bound.most().hasInterval()
                            ? " (95 % interval of that " + bound.most().interval() + ")"
                            : " (one sample, so no interval)"));
        }
        text.append("  Which of it is so depends on how well page tables keep in caches: record the program to know.");
        return text.toString();
    }

    public static String json(Bounds bounds, List<String> notes) {
        ObjectNode node = MAPPER.createObjectNode();
        node.put("machine", bounds.machine());
        node.put("samples", bounds.samples());
        FitText.put(node.putObject("walkShare"), bounds.walkShare());
        bounds.memoryShare().ifPresent(share -> FitText.put(node.putObject("memoryShareOfWalks"), share));
        ArrayNode texts = node.putArray("notes");
        notes.forEach(texts::add);
        ArrayNode scenarios = node.putArray("scenarios");
        for (Bound bound : bounds.scenarios()) {
            ObjectNode entry = scenarios.addObject();
            entry.put("scenario", bound.scenario().label());
            FitText.put(entry.putObject("mostSpeedup"), bound.most());
            bound.counted().ifPresent(counted -> FitText.put(entry.putObject("speedup"), counted));
        }
        try {
            return MAPPER.writeValueAsString(node);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of numbers and texts can always be printed", e);
        }
    }

    public static String csv(Bounds bounds) {
        StringBuilder text = new StringBuilder("scenario,most,mostLow,mostHigh,speedup,speedupLow,speedupHigh\n");
        for (Bound bound : bounds.scenarios()) {
            text.append(bound.scenario().label())
                    .append(FitText.csv(bound.most()))
                    .append(bound.counted().map(FitText::csv).orElse(",,,"))
                    .append('\n');
        }
        return text.toString().stripTrailing();
    }
}
