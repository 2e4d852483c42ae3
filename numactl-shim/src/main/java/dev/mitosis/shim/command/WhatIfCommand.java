package dev.mitosis.shim.command;

import dev.mitosis.lab.whatif.ProgramRecording;
import dev.mitosis.lab.whatif.WhatIf;
import dev.mitosis.shim.OutputOptions;
import dev.mitosis.shim.RunOptions;
import dev.mitosis.workloads.trace.sampling.SamplingPlan;
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

/** {@code whatif}: records a program and says what page-table placement would do for it. */
@Command(
        name = "whatif",
        description = "Records an unmodified program, and compares placement policies for it on a simulated machine.",
        footer = {
            "",
            "The program's own output and input pass through. The answer goes to standard output after them.",
            "Ctrl-C ends the recording: the program gets it too, and is ended if it has not ended in five seconds.",
            "Examples:",
            "  ./mitosis whatif -- sort -n numbers.txt",
            "  ./mitosis whatif --every 20M -- sqlite3 my.db 'select ...'     windows of 1M, a tenth of the work",
            "  ./mitosis whatif --machine 4s-cascade-lake --policies mitosis,migrate -- sqlite3 my.db 'select ...'",
            "  ./mitosis whatif --machine 4s-cascade-lake --guest -- sort -n numbers.txt"
        })
public final class WhatIfCommand implements Callable<Integer>, TakesProgram {
    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final MachineOptions machine = new MachineOptions();

    @Mixin
    private final PolicyOptions policies = new PolicyOptions();

    @Mixin
    private final SamplingOptions sampling = new SamplingOptions();

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final RunOptions run = new RunOptions();

    @Parameters(arity = "1..*", paramLabel = "PROGRAM", description = "The program and its arguments.")
    private List<String> program = List.of();

    @Override
    public Integer call() throws IOException {
        WhatIf whatIf = Comparison.of(machine, policies, run);
        SamplingPlan plan = sampling.plan();
        Path trace = Comparison.temporaryTrace();
        try {
            ProgramRecording recorded = Comparison.record(program, trace, plan);
            Results.print(
                    Specs.out(spec),
                    output,
                    Comparison.simulate(whatIf, recorded.recording(), Comparison.notes(recorded, plan)));
            return 0;
        } finally {
            Comparison.delete(trace);
        }
    }
}
