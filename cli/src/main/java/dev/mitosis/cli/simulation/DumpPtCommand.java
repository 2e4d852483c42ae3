package dev.mitosis.cli.simulation;

import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.cli.terminal.OutputFormat;
import dev.mitosis.cli.terminal.OutputOptions;
import dev.mitosis.cli.terminal.Results;
import dev.mitosis.cli.terminal.RunOptions;
import dev.mitosis.cli.terminal.Specs;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.proc.PageTableDump;
import dev.mitosis.lab.run.Configuration;
import dev.mitosis.lab.run.GuestView;
import dev.mitosis.lab.run.SyntheticRun;
import dev.mitosis.lab.run.WideGuestRun;
import dev.mitosis.mm.Task;
import dev.mitosis.replication.ReplicationFiles;
import dev.mitosis.replication.policy.PolicyRegistry;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code dump-pt}: where the page tables of a simulated process are, table by table. */
@Command(
        name = "dump-pt",
        description = "Populates a workload and prints its page tables in the layout of Mitosis' page-table-dump.",
        footer = {
            "",
            "Without --dump only the summary is printed: tables by level and node, and remote leaf entries by socket.",
            "Examples:",
            "  ./mitosis dump-pt --workload gups --config RP-LD",
            "  ./mitosis dump-pt --workload gups --config F+M --node 2 --dump gups.ptdump",
            "  ./mitosis dump-pt --machine 4s-cascade-lake --workload xsbench --guest oblivious"
        })
public final class DumpPtCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final MachineOptions machine = new MachineOptions();

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final RunOptions run = new RunOptions();

    @Option(names = "--workload", paramLabel = "W", required = true, description = "As of run.")
    private String workload = "";

    @Option(
            names = "--config",
            paramLabel = "C",
            description = "As of run; with --guest only F, TF, I, TI, or with +M.")
    private String config = "F";

    @Option(
            names = "--guest",
            paramLabel = "VIEW",
            description = "Run it on all sockets of a guest: visible, oblivious, paravirtual or fully-virtual.")
    private @Nullable String guest;

    @Option(
            names = "--tree",
            paramLabel = "TREE",
            description = "With --guest, the tree to dump: guest or extended (default: guest).")
    private String tree = "guest";

    @Option(names = "--policy", paramLabel = "P", description = "Placement policy (default: what the config implies).")
    private @Nullable String policy;

    @Option(
            names = "--node",
            paramLabel = "N",
            description = "Dump the tree that processors of this node walk (default: 0).")
    private int node;

    @Option(names = "--dump", paramLabel = "FILE", description = "Write the tables to a file; - for standard output.")
    private @Nullable String dump;

    @Override
    public Integer call() throws IOException {
        MachineProfile profile = machine.profile();
        if (node < 0 || node >= profile.nodes()) {
            throw CommandException.usage(
                    "--node " + node + ": " + profile.name() + " has nodes 0 to " + (profile.nodes() - 1));
        }
        if (guest != null) {
            return inGuest(profile, guest);
        }
        SyntheticRun populated;
        Task task;
        try {
            Configuration configuration = Configuration.parse(config);
            String name = policy == null ? configuration.policy() : policy;
            populated = new SyntheticRun(
                    profile, RunCommand.find(workload), configuration, PolicyRegistry.find(name), run.seed());
            task = populated.populate();
        } catch (IllegalArgumentException e) {
            throw CommandException.usage(String.valueOf(e.getMessage()));
        }
        Kernel kernel = populated.machine().kernel();
        print(() -> summary(populated, task), to -> PageTableDump.write(kernel, task.mm(), task.tid(), node, to));
        return 0;
    }

    private int inGuest(MachineProfile profile, String view) throws IOException {
        if (!tree.equals("guest") && !tree.equals("extended")) {
            throw CommandException.usage("--tree " + tree + ": guest or extended");
        }
        WideGuestRun populated;
        try {
            Configuration configuration = Configuration.parse(config);
            if (!configuration.isWide() || policy != null) {
                throw new IllegalArgumentException(
                        "a guest's tables: --config F, TF, I or TI, or one of these with +M, and no --policy");
            }
            populated = new WideGuestRun(
                    profile,
                    RunCommand.find(workload),
                    GuestView.of(view),
                    configuration.thp(),
                    configuration.interleaves(),
                    configuration.hasMitosis(),
                    run.seed());
            if (configuration.hasMitosis()) {
                populated.replicate();
            }
        } catch (IllegalArgumentException e) {
            throw CommandException.usage(String.valueOf(e.getMessage()));
        }
        Task task = populated.task();
        print(() -> GuestTables.summary(populated), to -> {
            if (tree.equals("guest")) {
                int guestNode = Math.min(node, populated.vm().topology().nodes() - 1);
                PageTableDump.write(populated.vm().kernel(), task.mm(), task.tid(), guestNode, to);
            } else {
                populated.vm().ept().dump(node, to);
            }
        });
        return 0;
    }

    private interface Dump {
        void write(Appendable to) throws IOException;
    }

    private void print(Supplier<TableReport> summary, Dump tables) throws IOException {
        PrintWriter out = Specs.out(spec);
        if (dump != null && dump.equals("-")) {
            if (output.format() != OutputFormat.TEXT || output.directory().isPresent()) {
                throw CommandException.usage(
                        "--dump - prints the tables alone: leave out --format and -o, or use --dump FILE");
            }
            tables.write(out);
        } else {
            TableReport report = summary.get();
            Results.print(out, output, "dump-pt", report.text(), report.json(), report.csv());
            if (dump != null) {
                write(tables, Path.of(dump));
            }
        }
        out.flush();
    }

    private static void write(Dump tables, Path file) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder) || Files.isDirectory(file)) {
            throw CommandException.usage("--dump " + file + ": not a file in a directory that exists");
        }
        Path part = Files.createTempFile(folder, ".ptdump", ".part");
        try {
            try (Writer writer = Files.newBufferedWriter(part)) {
                tables.write(writer);
            }
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
    }

    private static TableReport summary(SyntheticRun populated, Task task) {
        Kernel kernel = populated.machine().kernel();
        int nodes = kernel.context().topology().nodes();
        List<Map<String, Number>> rows = new ArrayList<>();
        StringBuilder text = new StringBuilder(
                "page tables by level, as processors of each node walk them (tables on node 0, 1, ...)\n");
        for (int from = 0; from < nodes; from++) {
            var census = kernel.census(task.mm(), from);
            StringBuilder line = new StringBuilder();
            for (int level = task.mm().pageTable().levels(); level >= 1; level--) {
                line.append(" level ").append(level).append(':');
                for (int on = 0; on < nodes; on++) {
                    line.append(' ').append(census.tables(level, on));
                    rows.add(TableReport.row(
                            "walkingNode",
                            from,
                            "level",
                            level,
                            "onNode",
                            on,
                            "tables",
                            census.tables(level, on),
                            "remoteLeafPercent",
                            census.remoteLeafPercent()));
                }
            }
            text.append(String.format(
                    Locale.ROOT,
                    "  node %d %s; leaf entries on other nodes %.1f %%\n",
                    from,
                    line,
                    census.remoteLeafPercent()));
        }
        text.append(new ReplicationFiles(populated.machine().replicator()).status());
        return new TableReport(text.toString().stripTrailing(), rows);
    }
}
