package dev.mitosis.cli.machine.doctor;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Locale;

/** The findings as text, JSON and CSV. */
public final class DoctorReport {
    private DoctorReport() {}

    /** One line each; below those that do not work, what to do. */
    public static String text(List<Finding> findings) {
        StringBuilder out = new StringBuilder();
        for (Finding finding : findings) {
            out.append(String.format(
                    Locale.ROOT, "%-6s %-22s %s\n", name(finding.state()), finding.subject(), finding.fact()));
            if (finding.state() != Finding.State.YES) {
                out.append(String.format(Locale.ROOT, "%-6s %-22s for %s\n", "", "", finding.enables()));
                if (!finding.remedy().isEmpty()) {
                    out.append(String.format(Locale.ROOT, "%-6s %-22s get it: %s\n", "", "", finding.remedy()));
                }
            }
        }
        return out.toString().stripTrailing();
    }

    /** An array of findings. */
    public static String json(List<Finding> findings) {
        ObjectMapper mapper = new ObjectMapper();
        ArrayNode all = mapper.createArrayNode();
        for (Finding finding : findings) {
            ObjectNode one = all.addObject();
            one.put("subject", finding.subject())
                    .put("state", name(finding.state()))
                    .put("fact", finding.fact())
                    .put("enables", finding.enables());
            if (!finding.remedy().isEmpty()) {
                one.put("remedy", finding.remedy());
            }
        }
        try {
            return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(all);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values is JSON", e);
        }
    }

    /** A line a finding. */
    public static String csv(List<Finding> findings) {
        StringBuilder out = new StringBuilder("subject,state,fact,enables,remedy");
        for (Finding finding : findings) {
            out.append('\n')
                    .append(quoted(finding.subject()))
                    .append(',')
                    .append(name(finding.state()))
                    .append(',')
                    .append(quoted(finding.fact()))
                    .append(',')
                    .append(quoted(finding.enables()))
                    .append(',')
                    .append(quoted(finding.remedy()));
        }
        return out.toString();
    }

    private static String name(Finding.State state) {
        return state.name().toLowerCase(Locale.ROOT);
    }

    private static String quoted(String text) {
        return text.matches("[^,\"\\n]*") ? text : '"' + text.replace("\"", "\"\"") + '"';
    }
}
