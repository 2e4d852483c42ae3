package dev.mitosis.cli.launcher;

import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.cli.terminal.OutputFormat;
import dev.mitosis.cli.terminal.OutputOptions;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/**
 * The entry of {@code bench} in the help: the launcher script builds the benchmarks and runs them, because the program that people
 * use does not carry them.
 */
@Command(
        name = "bench",
        description = {
            "Measures how fast accesses are simulated, beside a C program of the same algorithm that is",
            "compiled here and runs in turn with ours. Takes five minutes to a quarter of an hour."
        },
        footer = {
            "",
            "Examples:",
            "  ./mitosis bench                  accesses a second: in C, translation alone, the full model, two threads",
            "  ./mitosis bench --format json -o speed"
        })
public final class BenchCommand implements Callable<Integer> {
    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Override
    public Integer call() {
        throw CommandException.failure(
                "the benchmarks are run by the launcher: use ./mitosis bench at the repository root"
                        + (output.format() == OutputFormat.TEXT ? "" : " with these options"));
    }
}
