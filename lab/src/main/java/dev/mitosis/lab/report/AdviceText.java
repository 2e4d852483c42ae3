package dev.mitosis.lab.report;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mitosis.lab.advise.Advice;
import dev.mitosis.lab.advise.Choice;
import java.util.Locale;
import java.util.stream.Collectors;

/** What the adviser says, for people, as JSON and as CSV. */
public final class AdviceText {
    private static final double WORTH = 1.02;
    private static final double MIB = 1 << 20;

    private AdviceText() {}

    /** A table for each scenario, and above it what to do. */
    public static String of(Advice advice) {
        StringBuilder text = new StringBuilder();
        add(text, "%s on %s%n", advice.recording().program(), advice.machine());
        String scenario = "";
        for (Choice choice : advice.choices()) {
            if (!choice.scenario().equals(scenario)) {
                scenario = choice.scenario();
                add(text, "%n%s: %s%n%n", scenario, verdict(choice));
                add(
                        text,
                        "  %-16s %-11s %6s  %-13s %7s %7s %7s %8s %9s %9s%n",
                        "policy",
                        "flush",
                        "times",
                        "interval",
                        "walks",
                        "kernel",
                        "other",
                        "before",
                        "tables",
                        "IPIs");
            }
            add(
                    text,
                    "  %-16s %-11s %6.3f  %5.3f – %5.3f %+6.1f%% %+6.1f%% %+6.1f%% %+7.1f%% %+5.1f MiB %,9d%n",
                    choice.policy(),
                    choice.backend(),
                    choice.speedup(),
                    choice.speedups().get(0),
                    choice.speedups().get(2),
                    100 * choice.walkShare(),
                    100 * choice.kernelShare(),
                    100 * choice.otherShare(),
                    100 * choice.oneOffShare(),
                    choice.extraTableBytes() / MIB,
                    choice.interrupts());
        }
        add(
                text,
                "%nTimes as fast as first-touch with ipi. Then what was saved (+) or lost (-), as a share of its run time:");
        add(text, "%nin walks, in memory management with flushes, in the rest, and before the part that counts.");
        advice.warnings().forEach(warning -> add(text, "%nWarning: %s", warning));
        advice.notes().forEach(note -> add(text, "%nNote: %s", note));
        return text.toString();
    }

    private static String verdict(Choice best) {
        if (best.netSpeedup() < WORTH) {
            return "nothing to gain; leave it as it is.";
        }
        String pair = best.policy() + " with " + best.backend();
        return best.command().isEmpty()
                ? pair + "; no kernel that we know of has it."
                : pair + "; on a kernel that has it: " + best.command();
    }

    /** An object with the machine, the choices and the warnings. */
    public static String json(Advice advice) {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode all = mapper.createObjectNode();
        all.put("program", advice.recording().program());
        all.put("machine", advice.machine());
        ArrayNode choices = all.putArray("choices");
        for (Choice choice : advice.choices()) {
            ObjectNode one = choices.addObject();
            one.put("scenario", choice.scenario());
            one.put("policy", choice.policy());
            one.put("flush", choice.backend());
            one.put("speedup", choice.speedup());
            one.put("low", choice.speedups().get(0));
            one.put("high", choice.speedups().get(2));
            one.put("netSpeedup", choice.netSpeedup());
            one.put("walkShare", choice.walkShare());
            one.put("kernelShare", choice.kernelShare());
            one.put("otherShare", choice.otherShare());
            one.put("oneOffShare", choice.oneOffShare());
            one.put("shootdowns", choice.shootdowns());
            one.put("ipis", choice.interrupts());
            one.put("extraTableBytes", choice.extraTableBytes());
            one.put("command", choice.command());
        }
        advice.warnings().forEach(all.putArray("warnings")::add);
        advice.notes().forEach(all.putArray("notes")::add);
        try {
            return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(all);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values is JSON", e);
        }
    }

    /** A line for each choice. */
    public static String csv(Advice advice) {
        return "scenario,policy,flush,speedup,low,high,net_speedup,walk_share,kernel_share,other_share,one_off_share,shootdowns,ipis,extra_table_bytes\n"
                + advice.choices().stream()
                        .map(choice -> String.format(
                                Locale.ROOT,
                                "%s,%s,%s,%.4f,%.4f,%.4f,%.4f,%.4f,%.4f,%.4f,%.4f,%d,%d,%d",
                                choice.scenario(),
                                choice.policy(),
                                choice.backend(),
                                choice.speedup(),
                                choice.speedups().get(0),
                                choice.speedups().get(2),
                                choice.netSpeedup(),
                                choice.walkShare(),
                                choice.kernelShare(),
                                choice.otherShare(),
                                choice.oneOffShare(),
                                choice.shootdowns(),
                                choice.interrupts(),
                                choice.extraTableBytes()))
                        .collect(Collectors.joining("\n"));
    }

    private static void add(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values));
    }
}
