package dev.mitosis.cli.machine;

import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.cli.terminal.OutputOptions;
import dev.mitosis.cli.terminal.Results;
import dev.mitosis.cli.terminal.RunOptions;
import dev.mitosis.cli.terminal.Specs;
import dev.mitosis.kvm.discovery.Discovery;
import dev.mitosis.kvm.discovery.FixedThreshold;
import dev.mitosis.kvm.discovery.GroupDiscovery;
import dev.mitosis.kvm.discovery.MatrixCsv;
import java.io.IOException;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code discover}: which processors share a core, a die, a socket, from how long a cache line takes between them. */
@Command(
        name = "discover",
        description = "Finds the groups of processors that share a core, a die or a socket, in nothing but cache-line"
                + " latencies between them: of this host, of a CSV, or of a simulated machine.",
        footer = {
            "",
            "With -o DIR the latencies are also written, to matrix.csv, which --matrix reads.",
            "Examples:",
            "  ./mitosis discover                                   measures this host",
            "  ./mitosis discover server.csv --threshold=100        beside the papers' fixed threshold",
            "  ./mitosis discover --machine 4s-cascade-lake --noise 10 --renumber --seed 7"
        })
public final class DiscoverCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final MatrixSource from = new MatrixSource();

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Seed of --noise and --renumber, and of the order of measuring (default: 1).")
    private long seed = RunOptions.DEFAULT_SEED;

    @Option(
            names = "--threshold",
            paramLabel = "NS",
            arity = "0..1",
            fallbackValue = "100",
            description = "Also group by a fixed latency, as vMitosis' artifact does (100 when no number follows).")
    private @Nullable Double threshold;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (threshold != null && !(threshold > 0)) {
            throw CommandException.usage("--threshold is a latency above 0, not " + threshold);
        }
        MatrixSource.Source source = from.read(seed);
        Discovery found = GroupDiscovery.discover(source.matrix(), source.kernel());
        DiscoveryReport report = new DiscoveryReport(source, found);
        if (threshold != null) {
            report.compare(threshold, FixedThreshold.groups(source.matrix(), threshold));
        }
        Results.print(Specs.out(spec), output, "discovery", report.text(), report.json(), report.csv());
        if (output.directory().isPresent()) {
            String matrix = MatrixCsv.write(source.matrix()).stripTrailing();
            Results.write(output.directory().get().resolve("matrix.csv"), matrix);
        }
        return 0;
    }
}
