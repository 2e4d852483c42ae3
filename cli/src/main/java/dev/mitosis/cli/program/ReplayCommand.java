package dev.mitosis.cli.program;

import dev.mitosis.cli.simulation.MachineOptions;
import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.cli.terminal.OutputOptions;
import dev.mitosis.cli.terminal.Results;
import dev.mitosis.cli.terminal.RunOptions;
import dev.mitosis.cli.terminal.Specs;
import dev.mitosis.lab.whatif.ProgramRecording;
import dev.mitosis.lab.whatif.Recording;
import dev.mitosis.lab.whatif.TraceConversion.Converted;
import dev.mitosis.lab.whatif.WhatIf;
import dev.mitosis.workloads.trace.format.TraceFormat;
import dev.mitosis.workloads.trace.format.TraceInput;
import dev.mitosis.workloads.trace.sampling.SamplingPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code replay}: what {@code whatif} answers, from a trace file. */
@Command(
        name = "replay",
        description = "Runs a recorded trace through the simulator and compares placement policies for it.",
        footer = {
            "",
            "Traces of other tools are converted on the way; convert --help lists them.",
            "Examples:",
            "  ./mitosis replay sort.mtrace --policies mitosis --format json",
            "  ./mitosis replay 605.mcf_s-1536B.champsimtrace.xz"
        })
public final class ReplayCommand implements Callable<Integer> {
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
    private final OutputOptions output = new OutputOptions();

    @Mixin
    private final RunOptions run = new RunOptions();

    @Mixin
    private final CounterOptions counters = new CounterOptions();

    @Option(names = "--from", paramLabel = "FORMAT", description = "What FILE is (default: what its content says).")
    private @Nullable String from;

    @Parameters(arity = "1", paramLabel = "FILE", description = "A trace that record has written, or another tool.")
    private Path file = Path.of("trace.mtrace");

    @Override
    public Integer call() throws IOException {
        WhatIf whatIf = Comparison.of(machine, policies, placement, run);
        List<String> counted = counters.fit(whatIf);
        try (TraceInput input = TraceInput.open(file)) {
            TraceFormat format = TraceFiles.format(from, input);
            if (!format.name().equals(TraceFiles.OWN) || input.isCompressed() || !Files.isRegularFile(file)) {
                replayConverted(whatIf, input, format, counted);
                return 0;
            }
        }
        answerSampled(whatIf, WhatIf.scan(file), counted);
        return 0;
    }

    /** Every policy reads the trace again: a private file of our own format is faster to read than any other. */
    private void replayConverted(WhatIf whatIf, TraceInput input, TraceFormat format, List<String> counted)
            throws IOException {
        Path trace = Comparison.temporaryTrace();
        try {
            Converted converted = TraceFiles.convert(input, format, TraceFiles.find(TraceFiles.OWN), trace);
            List<String> notes = new ArrayList<>(converted.notes());
            notes.addAll(counted);
            answerSampled(whatIf, WhatIf.scan(trace, file.toString()), notes);
        } finally {
            Comparison.delete(trace);
        }
    }

    /** A plan keeps a part of the trace in a private file. */
    private void answerSampled(WhatIf whatIf, Recording whole, List<String> notes) throws IOException {
        SamplingPlan plan = sampling.plan();
        if (plan.isEverything()) {
            answer(whatIf, whole, notes);
            return;
        }
        if (whole.recorded() < whole.accesses()) {
            throw CommandException.failure(file + " is sampled already");
        }
        Path kept = Comparison.temporaryTrace();
        try {
            answer(whatIf, ProgramRecording.thin(whole, kept, plan), notes);
        } finally {
            Comparison.delete(kept);
        }
    }

    private void answer(WhatIf whatIf, Recording recording, List<String> notes) throws IOException {
        List<String> all = new ArrayList<>(notes);
        if (!recording.isWhole()) {
            all.add("the trace ends before its program does; the answer is for what is there");
        }
        if (recording.instructions() == 0) {
            all.add("the trace has no instructions: shares of the run time come out too high");
        }
        Results.print(Specs.out(spec), output, Comparison.simulate(whatIf, recording, all));
    }
}
