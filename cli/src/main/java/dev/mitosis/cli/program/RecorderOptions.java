package dev.mitosis.cli.program;

import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.workloads.recorder.RecorderChoice;
import dev.mitosis.workloads.recorder.RecorderException;
import picocli.CommandLine.Option;

/** Which recorder runs the program: the option {@code --recorder}. */
public final class RecorderOptions {
    @Option(
            names = "--recorder",
            paramLabel = "NAME",
            description =
                    "Which recorder runs the program: valgrind (x86-64, fast), qemu (also AArch64), or auto, the first that can"
                            + " (default).")
    private String name = RecorderChoice.AUTO.toString();

    RecorderChoice choice() {
        try {
            return RecorderChoice.of(name);
        } catch (RecorderException e) {
            throw CommandException.usage(String.valueOf(e.getMessage()));
        }
    }
}
