package dev.mitosis.cli.program;

import dev.mitosis.cli.simulation.MachineOptions;
import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.cli.terminal.OutputOptions;
import dev.mitosis.cli.terminal.Results;
import dev.mitosis.cli.terminal.RunOptions;
import dev.mitosis.cli.terminal.Specs;
import dev.mitosis.cli.terminal.TakesProgram;
import dev.mitosis.lab.whatif.ProgramRecording;
import dev.mitosis.lab.whatif.WhatIf;
import dev.mitosis.workloads.trace.sampling.SamplingPlan;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
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
            "The program's own output and input pass through, and the answer follows on standard output. With --format json or csv",
            "the program's output goes to standard error, or where --program-output says, so that the answer stands alone.",
            "Ctrl-C ends the recording: the program gets it too, and is ended if it has not ended in five seconds.",
            "Examples:",
            "  ./mitosis whatif -- sort -n numbers.txt",
            "  ./mitosis whatif --format json -- sort -n numbers.txt 2>program.txt >answer.json",
            "  ./mitosis whatif --every 20M -- sqlite3 my.db 'select ...'     windows of 800k, a tenth of the work",
            "  ./mitosis whatif --machine 4s-cascade-lake --policies mitosis,migrate -- sqlite3 my.db 'select ...'",
            "  ./mitosis whatif --machine 4s-cascade-lake --guest -- sort -n numbers.txt",
            "  ./mitosis whatif --machine here.conf --sockets 4 --counters perf.txt -- sort -n numbers.txt",
            "  ./mitosis whatif --counters perf.txt",
            "  ./mitosis whatif -N 0 -m 1 --policies mitosis -- sort -n numbers.txt"
        })
public final class WhatIfCommand implements Callable<Integer>, TakesProgram {
    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final MachineOptions machine = new MachineOptions();

    @Mixin
    private final PolicyOptions policies = new PolicyOptions();

    @Mixin
    private final PlacementOptions placement = new PlacementOptions();

    @Mixin
    private final SamplingOptions sampling = new SamplingOptions();

    @Mixin
    private final RecorderOptions recorder = new RecorderOptions();

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final ProgramOutputOptions programOutput = new ProgramOutputOptions();

    @Mixin
    private final RunOptions run = new RunOptions();

    @Mixin
    private final CounterOptions counters = new CounterOptions();

    @Parameters(
            arity = "0..*",
            paramLabel = "PROGRAM",
            description = "The program and its arguments; without one, what --counters say alone.")
    private List<String> program = List.of();

    @Override
    public Integer call() throws IOException {
        if (program.isEmpty()) {
            if (!counters.isGiven()) {
                throw CommandException.usage(
                        "name the program to record, as in: ./mitosis whatif -- sort -n numbers.txt");
            }
            counters.answerAlone(machine.profile(), Specs.out(spec), output);
            return 0;
        }
        WhatIf whatIf = Comparison.of(machine, policies, placement, run);
        List<String> counted = counters.fit(whatIf);
        SamplingPlan plan = sampling.plan();
        Path trace = Comparison.temporaryTrace();
        try {
            ProgramRecording recorded =
                    Comparison.record(program, trace, plan, recorder, programOutput.beside(output.format()));
            Results.print(
                    Specs.out(spec),
                    output,
                    Comparison.simulate(
                            whatIf,
                            recorded.recording(),
                            Stream.concat(Comparison.notes(recorded, plan).stream(), counted.stream())
                                    .toList()));
            return 0;
        } finally {
            Comparison.delete(trace);
        }
    }
}
