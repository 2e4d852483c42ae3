package dev.mitosis.cli.program;

import dev.mitosis.cli.terminal.OutputFormat;
import dev.mitosis.workloads.recorder.ProgramOutput;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a recorded program's standard output goes: the option {@code --program-output}. */
public final class ProgramOutputOptions {
    @Option(
            names = "--program-output",
            paramLabel = "FILE",
            description =
                    "Write the program's standard output to FILE. By default it stays on standard output; with --format"
                            + " json or csv it goes to standard error.")
    private @Nullable Path file;

    /** An answer for programs must stand alone on standard output. */
    ProgramOutput beside(OutputFormat answer) {
        if (file != null) {
            return ProgramOutput.to(file);
        }
        return answer == OutputFormat.TEXT ? ProgramOutput.INHERITED : ProgramOutput.STANDARD_ERROR;
    }
}
