package dev.mitosis.shim.command;

import dev.mitosis.lab.whatif.Recording;
import dev.mitosis.lab.whatif.WhatIf;
import dev.mitosis.shim.OutputOptions;
import dev.mitosis.shim.RunOptions;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code replay}: what {@code whatif} answers, from a trace file. */
@Command(
        name = "replay",
        description = "Runs a recorded trace through the simulator and compares placement policies for it.",
        footer = {"", "Examples:", "  ./mitosis replay sort.mtrace --policies mitosis --format json"})
public final class ReplayCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final MachineOptions machine = new MachineOptions();

    @Mixin
    private final PolicyOptions policies = new PolicyOptions();

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final RunOptions run = new RunOptions();

    @Parameters(arity = "1", paramLabel = "FILE", description = "A trace that record has written.")
    private Path file = Path.of("trace.mtrace");

    @Override
    public Integer call() throws IOException {
        WhatIf whatIf = Comparison.of(machine, policies, run);
        Recording recording = WhatIf.scan(file);
        Results.print(Specs.out(spec), output, Comparison.simulate(whatIf, recording, List.of()));
        return 0;
    }
}
