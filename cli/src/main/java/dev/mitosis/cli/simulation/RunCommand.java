package dev.mitosis.cli.simulation;

import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.cli.terminal.Counts;
import dev.mitosis.cli.terminal.Nearest;
import dev.mitosis.cli.terminal.OutputOptions;
import dev.mitosis.cli.terminal.Progress;
import dev.mitosis.cli.terminal.Results;
import dev.mitosis.cli.terminal.RunOptions;
import dev.mitosis.cli.terminal.Specs;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.run.Configuration;
import dev.mitosis.lab.run.GuestConfiguration;
import dev.mitosis.lab.run.GuestRun;
import dev.mitosis.lab.run.RunResult;
import dev.mitosis.lab.run.SyntheticRun;
import dev.mitosis.replication.policy.PolicyRegistry;
import dev.mitosis.workloads.synthetic.Workload;
import dev.mitosis.workloads.synthetic.WorkloadRegistry;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code run}: one simulation of a synthetic workload. */
@Command(
        name = "run",
        description = "Simulates a synthetic workload in one of the papers' configurations.",
        footer = {
            "",
            "Workloads: gups, btree, hashjoin, redis, xsbench, pagerank, liblinear, canneal, memcached, graph500,",
            "stream; some also as NAME-wide, NAME-large. Configurations: thin [T]{L|R}P[I]-{L|R}D[I][+M], wide [T]{F|I}[+M],",
            "in a guest [T|TF]{L|R}{L|R}[I][E|G|M] (guest's table, extended table; one letter: no guest).",
            "Letters of a thin one: page tables (P) local (L) or remote (R), then data (D) so; I another program streams on that",
            "node; T huge pages; +M with Mitosis. Of a wide one: F first touch, I interleaved. E, G, M: which tables are fixed.",
            "Examples:",
            "  ./mitosis run --workload gups --config LP-LD",
            "  ./mitosis run --workload gups --config RPI-LD+M --accesses 10M --format json",
            "  ./mitosis run --workload gups --config RRI --machine 4s-cascade-lake --accesses 10M"
        })
public final class RunCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final MachineOptions machine = new MachineOptions();

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final RunOptions run = new RunOptions();

    @Option(
            names = "--workload",
            paramLabel = "W",
            required = true,
            description = "For instance gups or btree; see below.")
    private String workload = "";

    @Option(names = "--config", paramLabel = "C", required = true, description = "Where threads, tables and data are.")
    private String config = "";

    @Option(
            names = "--policy",
            paramLabel = "P",
            description = "Placement policy (default: what the configuration implies).")
    private @Nullable String policy;

    @Mixin
    private final FlushOptions flush = new FlushOptions();

    @Option(
            names = "--accesses",
            paramLabel = "N",
            description = "Accesses to count, warm-up apart (default: 50M); k, M and G are understood.")
    private String accesses = "50M";

    @Override
    public Integer call() throws IOException {
        long count = Counts.parse("--accesses", accesses);
        MachineProfile profile = machine.profile();
        RunResult result;
        try (Progress progress = Progress.of(workload + " " + config, count + count / 10, "M", 1_000_000)) {
            result = GuestConfiguration.matches(config)
                    ? inGuest(profile, GuestConfiguration.parse(config), count, progress)
                    : alone(profile, Configuration.parse(config), count, progress);
        } catch (IllegalArgumentException e) {
            throw CommandException.usage(String.valueOf(e.getMessage()));
        }
        Results.print(Specs.out(spec), output, result);
        return 0;
    }

    private RunResult alone(MachineProfile profile, Configuration configuration, long count, Progress progress) {
        String name = policy == null ? configuration.policy() : policy;
        return new SyntheticRun(
                        profile, find(workload), configuration, PolicyRegistry.find(name), flush.settings(), run.seed())
                .on(run.threads())
                .run(count, progress::to);
    }

    private RunResult inGuest(MachineProfile profile, GuestConfiguration configuration, long count, Progress progress) {
        if (configuration.isNative()) {
            return alone(profile, configuration.alone(), count, progress);
        }
        if (policy != null) {
            throw CommandException.usage(
                    "--policy: configuration " + configuration.name() + " says where both trees of a guest are");
        }
        return new GuestRun(profile, find(workload), configuration.pages(), run.seed())
                .run(configuration, count, progress::to);
    }

    static Workload find(String name) {
        List<String> names =
                WorkloadRegistry.workloads().stream().map(Workload::name).toList();
        return names.stream()
                .filter(name::equalsIgnoreCase)
                .findFirst()
                .flatMap(WorkloadRegistry::find)
                .orElseThrow(() -> CommandException.usage("unknown workload '" + name + "'"
                        + Nearest.didYouMean(name, names) + "; there are " + String.join(", ", names)));
    }
}
