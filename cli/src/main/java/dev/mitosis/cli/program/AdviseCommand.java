package dev.mitosis.cli.program;

import dev.mitosis.cli.simulation.MachineOptions;
import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.cli.terminal.OutputOptions;
import dev.mitosis.cli.terminal.Progress;
import dev.mitosis.cli.terminal.Results;
import dev.mitosis.cli.terminal.RunOptions;
import dev.mitosis.cli.terminal.Specs;
import dev.mitosis.cli.terminal.TakesProgram;
import dev.mitosis.lab.advise.Advice;
import dev.mitosis.lab.advise.Adviser;
import dev.mitosis.lab.report.AdviceText;
import dev.mitosis.lab.whatif.ProgramRecording;
import dev.mitosis.lab.whatif.Recording;
import dev.mitosis.lab.whatif.WhatIf;
import dev.mitosis.mm.TlbSettings.Backend;
import dev.mitosis.workloads.trace.sampling.SamplingPlan;
import java.io.IOException;
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

/** {@code advise}: ranks policies over flush backends for a program. */
@Command(
        name = "advise",
        description =
                "Ranks placement policies and flush backends for a program on a machine, and says what each saves and costs.",
        footer = {
            "",
            "Each pair of a policy and a flush backend is simulated and compared with first-touch and interrupts.",
            "Examples:",
            "  ./mitosis advise -- sort -n numbers.txt",
            "  ./mitosis advise --machine 2s-epyc-milan-nps4 --backends ipi,broadcast,rar sort.mtrace",
            "  ./mitosis advise --policies numapte,hydra,per-socket --every 20M -- sqlite3 my.db 'select ...'"
        })
public final class AdviseCommand implements Callable<Integer>, TakesProgram {
    /** What a trace of our own is called: no program's name ends so. */
    private static final String TRACE_SUFFIX = ".mtrace";

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final MachineOptions machine = new MachineOptions();

    @Mixin
    private final PolicyOptions policies = new PolicyOptions();

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

    @Option(
            names = "--backends",
            paramLabel = "B",
            split = ",",
            description =
                    "Flush backends to compare with ipi: ipi, unfiltered, broadcast, rar, deferred (default: ipi, broadcast).")
    private List<String> backends = List.of("ipi", "broadcast");

    @Parameters(
            arity = "0..*",
            paramLabel = "PROGRAM",
            description = "The program and its arguments, or one FILE.mtrace that record has written.")
    private List<String> program = List.of();

    @Override
    public Integer call() throws IOException {
        if (program.isEmpty()) {
            throw CommandException.usage(
                    "name a program or a trace, as in: ./mitosis advise -- sort -n numbers.txt, or: ./mitosis advise sort.mtrace");
        }
        Adviser adviser = adviser();
        if (program.size() == 1 && program.get(0).endsWith(TRACE_SUFFIX)) {
            advise(adviser, WhatIf.scan(Path.of(program.get(0))), List.of());
            return 0;
        }
        SamplingPlan plan = sampling.plan();
        Path recordedTo = Comparison.temporaryTrace();
        try {
            ProgramRecording recorded =
                    Comparison.record(program, recordedTo, plan, recorder, programOutput.beside(output.format()));
            advise(adviser, recorded.recording(), Comparison.notes(recorded, plan));
            return 0;
        } finally {
            Comparison.delete(recordedTo);
        }
    }

    private Adviser adviser() {
        List<Backend> chosen = new ArrayList<>(List.of(Backend.IPI));
        Backend asked = policies.settings().tlb().backend();
        if (asked != Backend.IPI) {
            chosen.add(asked);
        }
        try {
            for (String name : backends) {
                Backend backend = Backend.find(name.strip());
                if (!chosen.contains(backend)) {
                    chosen.add(backend);
                }
            }
            int nodes = machine.profile().nodes();
            return new Adviser(
                            machine.profile(),
                            policies.settings(),
                            policies.policies(nodes),
                            chosen,
                            policies.scenarios(),
                            run.seed(),
                            run.threads())
                    .inGuest(policies.isInGuest());
        } catch (IllegalArgumentException e) {
            throw CommandException.usage(String.valueOf(e.getMessage()));
        }
    }

    private void advise(Adviser adviser, Recording recording, List<String> notes) throws IOException {
        if (recording.accesses() == 0) {
            throw CommandException.failure(recording.program() + " made no memory access that could be recorded");
        }
        Advice advice;
        try (Progress progress = Progress.of("simulating", adviser.work(recording), "M", 1_000_000)) {
            advice = adviser.advise(recording, notes, progress::to);
        } catch (IllegalArgumentException e) {
            throw CommandException.failure(String.valueOf(e.getMessage()));
        }
        Results.print(
                Specs.out(spec),
                output,
                "advice",
                AdviceText.of(advice),
                AdviceText.json(advice),
                AdviceText.csv(advice));
    }
}
