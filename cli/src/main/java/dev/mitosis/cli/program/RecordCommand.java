package dev.mitosis.cli.program;

import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.cli.terminal.OutputFormat;
import dev.mitosis.cli.terminal.Specs;
import dev.mitosis.cli.terminal.TakesProgram;
import dev.mitosis.lab.whatif.ProgramRecording;
import dev.mitosis.lab.whatif.Recording;
import dev.mitosis.workloads.trace.sampling.SamplingPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code record}: records a program into a trace file. Its exit code is the program's. */
@Command(
        name = "record",
        description = "Records an unmodified program's memory accesses into a trace file; exits as the program did.",
        footer = {
            "",
            "Ctrl-C ends the recording: the program gets it too, and is ended if it has not ended in five seconds.",
            "Examples:",
            "  ./mitosis record -o sort.mtrace -- sort -n numbers.txt",
            "  ./mitosis record -o end.mtrace --last 100M -- sqlite3 my.db 'select ...'"
        })
public final class RecordCommand implements Callable<Integer>, TakesProgram {
    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            required = true,
            description =
                    "The trace file; an old one is replaced when the recording is whole. Until then it is FILE.part.")
    private Path file = Path.of("trace.mtrace");

    @Mixin
    private final SamplingOptions sampling = new SamplingOptions();

    @Mixin
    private final RecorderOptions recorder = new RecorderOptions();

    @Mixin
    private final ProgramOutputOptions programOutput = new ProgramOutputOptions();

    @Parameters(arity = "1..*", paramLabel = "PROGRAM", description = "The program and its arguments.")
    private List<String> program = List.of();

    @Override
    public Integer call() throws IOException {
        if (Files.isDirectory(file)) {
            throw CommandException.usage(file + " is a directory");
        }
        SamplingPlan plan = sampling.plan();
        ProgramRecording recorded =
                Comparison.record(program, file, plan, recorder, programOutput.beside(OutputFormat.TEXT));
        if (recorded.failure().isPresent()) {
            throw CommandException.failure(recorded.failure().get().getMessage() + "; "
                    + String.format(
                            Locale.ROOT,
                            "the first %,d accesses are in %s",
                            recorded.recording().accesses(),
                            recorded.recording().trace()));
        }
        Recording recording = recorded.recording();
        Specs.err(spec)
                .println(String.format(
                        Locale.ROOT,
                        "mitosis: %,d accesses of %d thread%s in %.1f s (%.1f M/s) recorded with %s in %s (%,d bytes)",
                        recording.accesses(),
                        recording.threads(),
                        recording.threads() == 1 ? "" : "s",
                        recording.seconds(),
                        recording.accesses() / recording.seconds() / 1e6,
                        recorded.result().recorder(),
                        file,
                        Files.size(file)));
        if (recording.recorded() < recording.accesses()) {
            Specs.err(spec)
                    .println(String.format(Locale.ROOT, "mitosis: %,d of them are in the trace", recording.recorded()));
        }
        for (String note : recorded.notes(plan)) {
            Specs.err(spec).println("mitosis: " + note);
        }
        Specs.err(spec).flush();
        return recorded.result().status();
    }
}
