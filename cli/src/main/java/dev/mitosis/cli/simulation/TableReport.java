package dev.mitosis.cli.simulation;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * Where page tables are, as JSON and CSV: a row has names of its columns and numbers.
 *
 * @param text the same for people
 * @param rows in the order in which they are printed, all with the same columns
 */
record TableReport(String text, List<Map<String, Number>> rows) {
    /** A row from columns and numbers in turn. */
    static Map<String, Number> row(Object... columnsAndNumbers) {
        Map<String, Number> row = new LinkedHashMap<>();
        for (int i = 0; i < columnsAndNumbers.length; i += 2) {
            row.put((String) columnsAndNumbers[i], (Number) columnsAndNumbers[i + 1]);
        }
        return row;
    }

    String json() {
        ObjectMapper mapper = new ObjectMapper();
        ArrayNode all = mapper.createArrayNode();
        for (Map<String, Number> row : rows) {
            ObjectNode one = all.addObject();
            row.forEach((column, number) -> one.set(column, mapper.valueToTree(number)));
        }
        try {
            return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(all);
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values is JSON", e);
        }
    }

    String csv() {
        if (rows.isEmpty()) {
            return "";
        }
        assert rows.stream().allMatch(row -> new TreeSet<>(row.keySet())
                .equals(new TreeSet<>(rows.get(0).keySet())));
        StringBuilder lines = new StringBuilder(String.join(",", rows.get(0).keySet()));
        for (Map<String, Number> row : rows) {
            lines.append('\n')
                    .append(String.join(
                            ",", row.values().stream().map(String::valueOf).toList()));
        }
        return lines.toString();
    }
}
