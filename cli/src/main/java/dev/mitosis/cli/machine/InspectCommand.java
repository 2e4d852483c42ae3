package dev.mitosis.cli.machine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.cli.terminal.OutputOptions;
import dev.mitosis.cli.terminal.Results;
import dev.mitosis.cli.terminal.Specs;
import dev.mitosis.halnative.files.FolderFiles;
import dev.mitosis.halnative.inspect.NumaMaps;
import dev.mitosis.halnative.inspect.ProcessView;
import dev.mitosis.halnative.inspect.TableFrames;
import dev.mitosis.halnative.sysfs.SysfsReader;
import dev.mitosis.halnative.topology.HostTopology;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code inspect}: where a running process has its pages, page tables and threads. */
@Command(
        name = "inspect",
        description = {
            "Prints where a running process has its pages, page tables and threads.",
            "Also how much of it is in huge pages, and an estimate of how many of its page walks go to another node. The process",
            "is not touched."
        },
        footer = {"", "Examples:", "  ./mitosis inspect 4711", "  sudo ./mitosis inspect $(pidof redis-server)"})
public final class InspectCommand implements Callable<Integer> {
    private static final Path KPAGEFLAGS = Path.of("/proc/kpageflags");

    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(paramLabel = "PID", description = "The number of the process.")
    private int pid;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Override
    public Integer call() throws IOException {
        if (pid < 1) {
            throw CommandException.usage("a process has a number from 1, not " + pid);
        }
        HostTopology host = new SysfsReader(FolderFiles.host()).readNodes();
        ProcessView view;
        try {
            view = ProcessView.read(Path.of("/"), pid, host);
        } catch (IOException e) {
            throw CommandException.failure(String.valueOf(e.getMessage()));
        }
        Map<Integer, Long> frames = tableFrames();
        Results.print(
                Specs.out(spec),
                output,
                "inspect",
                text(view, frames, host).stripTrailing(),
                json(view, frames).stripTrailing(),
                csv(view).stripTrailing());
        return 0;
    }

    private Map<Integer, Long> tableFrames() {
        if (!Files.isReadable(KPAGEFLAGS)) {
            return Map.of();
        }
        try {
            return TableFrames.count(FolderFiles.host(), KPAGEFLAGS);
        } catch (IOException e) {
            Specs.err(spec).println("mitosis: " + KPAGEFLAGS + ": " + e.getMessage());
            Specs.err(spec).flush();
            return Map.of();
        }
    }

    private static String text(ProcessView view, Map<Integer, Long> frames, HostTopology host) {
        StringBuilder out = new StringBuilder();
        out.append("process ")
                .append(view.pid())
                .append(" (")
                .append(view.name())
                .append(")\n");
        line(out, "resident", size(view.residentBytes()));
        line(out, "page tables", size(view.tableBytes()));
        line(out, "in huge pages", view.hugeShare().map(InspectCommand::percent).orElse("?"));
        out.append('\n');
        out.append(String.format(
                Locale.ROOT,
                "  %-6s %12s %12s %8s %26s\n",
                "node",
                "pages",
                "of its own",
                "threads",
                "tables of all processes"));
        host.nodeNumbers().stream().forEach(node -> {
            Optional<NumaMaps> maps = view.maps();
            String tables = size(view.tableBytesOfNode().getOrDefault(node, -1L));
            String counted = frames.containsKey(node) ? " (" + frames.get(node) + " frames)" : "";
            out.append(String.format(
                    Locale.ROOT,
                    "  %-6d %12s %12s %8d %26s\n",
                    node,
                    maps.map(known -> size(known.bytesOfNode().getOrDefault(node, 0L)))
                            .orElse("?"),
                    maps.map(known -> size(known.privateBytesOfNode().getOrDefault(node, 0L)))
                            .orElse("?"),
                    view.threadsOfNode().getOrDefault(node, 0),
                    tables + counted));
        });
        out.append('\n');
        String share = view.remoteWalkShare().map(InspectCommand::percent).orElse("not known");
        out.append("page walks that read a leaf table of another node: ")
                .append(share)
                .append(" (estimate)\n");
        out.append(
                "  Leaf tables are taken to lie where the process' own pages lie, which is so where first touch placed both;\n");
        out.append(
                "  threads are taken to read all of them alike. Only a recording (./mitosis record) knows better.\n");
        view.notes().forEach(note -> out.append("note: ").append(note).append('\n'));
        return out.toString();
    }

    private static void line(StringBuilder out, String label, String value) {
        out.append(String.format(Locale.ROOT, "  %-14s %s\n", label, value));
    }

    private static String size(long bytes) {
        return bytes < 0
                ? "?"
                : bytes < 10 << 20 ? (bytes >> 10) + " KiB" : String.format(Locale.ROOT, "%,d MiB", bytes >> 20);
    }

    private static String percent(double share) {
        return String.format(Locale.ROOT, "%.0f %%", 100 * share);
    }

    private static String csv(ProcessView view) {
        StringBuilder out = new StringBuilder("node,resident_bytes,own_bytes,threads,table_bytes_of_all\n");
        Map<Integer, Long> nodes = new TreeMap<>(view.tableBytesOfNode());
        view.maps().ifPresent(maps -> maps.bytesOfNode().keySet().forEach(node -> nodes.putIfAbsent(node, -1L)));
        nodes.forEach((node, tables) -> out.append(node)
                .append(',')
                .append(view.maps()
                        .map(maps -> "" + maps.bytesOfNode().getOrDefault(node, 0L))
                        .orElse(""))
                .append(',')
                .append(view.maps()
                        .map(maps -> "" + maps.privateBytesOfNode().getOrDefault(node, 0L))
                        .orElse(""))
                .append(',')
                .append(view.threadsOfNode().getOrDefault(node, 0))
                .append(',')
                .append(tables < 0 ? "" : tables)
                .append('\n'));
        return out.toString();
    }

    private static String json(ProcessView view, Map<Integer, Long> frames) {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode root = mapper.createObjectNode();
        root.put("pid", view.pid()).put("name", view.name());
        TopologyReport.putKnown(root, "residentBytes", view.residentBytes());
        TopologyReport.putKnown(root, "tableBytes", view.tableBytes());
        TopologyReport.putKnown(root, "hugeBytes", view.hugeBytes());
        view.maps().ifPresent(maps -> {
            ObjectNode all = root.putObject("residentBytesOfNode");
            maps.bytesOfNode().forEach((node, bytes) -> all.put(node.toString(), bytes));
            ObjectNode own = root.putObject("ownBytesOfNode");
            maps.privateBytesOfNode().forEach((node, bytes) -> own.put(node.toString(), bytes));
        });
        ObjectNode threads = root.putObject("threadsOfNode");
        view.threadsOfNode().forEach((node, count) -> threads.put(node.toString(), count));
        ObjectNode tables = root.putObject("tableBytesOfAllProcessesOfNode");
        view.tableBytesOfNode().forEach((node, bytes) -> tables.put(node.toString(), bytes));
        ObjectNode counted = root.putObject("tableFramesOfNode");
        frames.forEach((node, count) -> counted.put(node.toString(), count));
        view.remoteWalkShare().ifPresent(share -> root.put("remoteWalkShareEstimate", share));
        view.notes().forEach(root.putArray("notes")::add);
        try {
            return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values is JSON", e);
        }
    }
}
