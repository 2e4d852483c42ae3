package dev.mitosis.lab.published;

import dev.mitosis.lab.model.Cycles;
import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/** Published cycles of workloads by configuration: those that come with the product, or a file's in the format of the artifact. */
public final class PublishedCycles {
    private PublishedCycles() {}

    /** {@code workload -> configuration -> cycles}, in the order of the file; workloads in lower case. */
    public static Map<String, Map<String, Cycles>> read(Optional<Path> reference, String own) throws IOException {
        return read(PublishedTable.read(reference, own));
    }

    private static Map<String, Map<String, Cycles>> read(CsvTable table) {
        table.require("workload", "config");
        boolean isArtifact = table.has("runtime_cycles");
        String runtime = isArtifact ? "runtime_cycles" : "runtime";
        String walk = isArtifact ? "walk_cycles" : "walk";
        table.require(runtime, walk);
        double unit = isArtifact ? 1 : 1e9;
        Map<String, Map<String, Cycles>> published = new LinkedHashMap<>();
        for (CsvTable.Line line : table.lines()) {
            published
                    .computeIfAbsent(line.text("workload").toLowerCase(Locale.ROOT), name -> new LinkedHashMap<>())
                    .put(line.text("config"), new Cycles(unit * line.number(runtime), unit * line.number(walk)));
        }
        return published;
    }
}
