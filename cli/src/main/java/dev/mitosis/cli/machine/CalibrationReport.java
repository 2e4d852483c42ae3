package dev.mitosis.cli.machine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mitosis.halnative.calibrate.CacheLevels;
import dev.mitosis.halnative.calibrate.Calibration;
import dev.mitosis.halnative.calibrate.Measured;
import dev.mitosis.halnative.calibrate.PairTable;
import dev.mitosis.halnative.calibrate.Sweeps;
import dev.mitosis.halnative.topology.HostNode;
import dev.mitosis.halnative.topology.HostTopology;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** A calibration in words, as JSON, and as a table of one number a line. */
final class CalibrationReport {
    private CalibrationReport() {}

    private static Map<String, PairTable> tables(Calibration measured) {
        Map<String, PairTable> tables = new LinkedHashMap<>();
        tables.put("latency, ns", measured.idleNanos());
        tables.put("latency with 4 KiB pages, ns", measured.smallPageNanos());
        tables.put("latency while busy, ns", measured.busyNanos());
        tables.put("bandwidth, MB/s", measured.megabytesPerSecond());
        tables.put("walk of page tables in software, ns", measured.walkNanos());
        return tables;
    }

    static String text(Calibration measured) {
        StringBuilder out = new StringBuilder();
        out.append(
                "From processors of the node on the left to memory of the node above; ~ marks numbers that are not stable.\n");
        tables(measured).forEach((name, table) -> {
            if (!table.isEmpty()) {
                out.append('\n').append(name).append('\n');
                addTable(out, measured.host(), table);
            }
        });
        addCaches(out, measured);
        addTlbs(out, measured);
        addLines(out, measured);
        measured.notes().forEach(note -> out.append("note: ").append(note).append('\n'));
        return out.toString();
    }

    private static void addTable(StringBuilder out, HostTopology host, PairTable table) {
        out.append("node ");
        for (HostNode node : host.nodes()) {
            out.append(String.format(Locale.ROOT, "%10d", node.number()));
        }
        out.append('\n');
        for (int from = 0; from < table.nodes(); from++) {
            out.append(String.format(Locale.ROOT, "%4d:", host.nodes().get(from).number()));
            for (int to = 0; to < table.nodes(); to++) {
                out.append(String.format(
                        Locale.ROOT,
                        "%10s",
                        table.get(from, to).map(CalibrationReport::cell).orElse("-")));
            }
            out.append('\n');
        }
    }

    private static String cell(Measured measured) {
        String digits = measured.value() < 1000 ? "%.1f" : "%,.0f";
        return (measured.isStable() ? "" : "~") + String.format(Locale.ROOT, digits, measured.value());
    }

    private static void addCaches(StringBuilder out, Calibration measured) {
        if (measured.caches().isEmpty()) {
            return;
        }
        out.append("\ncaches\n");
        for (CacheLevels level : CacheLevels.of(measured)) {
            String seen = level.seenBytes() == 0
                    ? ""
                    : String.format(Locale.ROOT, "; latency rises at %,d KiB", level.seenBytes() >> 10);
            out.append(String.format(
                    Locale.ROOT,
                    "  %-4s %8d KiB, answers after %.1f ns%s\n",
                    level.cache().name(),
                    level.cache().sizeBytes() >> 10,
                    level.nanos(),
                    seen));
        }
    }

    private static void addTlbs(StringBuilder out, Calibration measured) {
        if (measured.tlbs().isEmpty()) {
            return;
        }
        int[] reaches = Sweeps.reaches(measured.tlbs());
        out.append("\nTLBs, 4 KiB pages\n");
        out.append(String.format(
                Locale.ROOT,
                "  the first level reaches %s pages, the last %s; beyond, an access takes up to %.1f ns more\n",
                reaches[0] == 0 ? "?" : Integer.toString(reaches[0]),
                reaches[1] == 0 ? "?" : Integer.toString(reaches[1]),
                measured.tlbs().stream().mapToDouble(Sweeps.Point::nanos).max().orElse(0)));
    }

    private static void addLines(StringBuilder out, Calibration measured) {
        double least = Double.MAX_VALUE;
        double most = 0;
        for (List<Double> row : measured.lineNanos()) {
            for (double nanos : row) {
                least = nanos > 0 ? Math.min(least, nanos) : least;
                most = nanos > 0 ? Math.max(most, nanos) : most;
            }
        }
        if (most > 0) {
            out.append("\ncache lines between processors\n");
            out.append(String.format(
                    Locale.ROOT, "  %.0f to %.0f ns one way; ./mitosis discover groups them\n", least, most));
        }
        out.append('\n');
    }

    static String csv(Calibration measured) {
        StringBuilder out = new StringBuilder("what,from_node,to_node,value,spread,rounds\n");
        tables(measured).forEach((name, table) -> {
            for (int from = 0; from < table.nodes(); from++) {
                for (int to = 0; to < table.nodes(); to++) {
                    int fromNode = measured.host().nodes().get(from).number();
                    int toNode = measured.host().nodes().get(to).number();
                    table.get(from, to)
                            .ifPresent(cell -> out.append(String.format(
                                    Locale.ROOT,
                                    "\"%s\",%d,%d,%.3f,%.4f,%d\n",
                                    name,
                                    fromNode,
                                    toNode,
                                    cell.value(),
                                    cell.spread(),
                                    cell.rounds())));
                }
            }
        });
        return out.toString();
    }

    static String json(Calibration measured) {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode root = mapper.createObjectNode();
        tables(measured).forEach((name, table) -> {
            ArrayNode cells = root.putArray(name);
            for (int from = 0; from < table.nodes(); from++) {
                for (int to = 0; to < table.nodes(); to++) {
                    int fromNode = measured.host().nodes().get(from).number();
                    int toNode = measured.host().nodes().get(to).number();
                    table.get(from, to).ifPresent(cell -> cells.addObject()
                            .put("from", fromNode)
                            .put("to", toNode)
                            .put("value", cell.value())
                            .put("spread", cell.spread())
                            .put("rounds", cell.rounds())
                            .put("stable", cell.isStable()));
                }
            }
        });
        addPoints(root.putArray("caches"), "bytes", measured.caches());
        addPoints(root.putArray("tlbs"), "pages", measured.tlbs());
        ArrayNode lines = root.putArray("lineNanos");
        for (List<Double> row : measured.lineNanos()) {
            ArrayNode cells = lines.addArray();
            row.forEach(nanos -> {
                if (nanos.isNaN()) {
                    cells.addNull();
                } else {
                    cells.add(nanos);
                }
            });
        }
        measured.notes().forEach(root.putArray("notes")::add);
        try {
            return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values is JSON", e);
        }
    }

    private static void addPoints(ArrayNode array, String size, List<Sweeps.Point> points) {
        points.forEach(point -> array.addObject().put(size, point.size()).put("nanos", point.nanos()));
    }
}
