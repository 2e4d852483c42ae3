package dev.mitosis.cli;

import dev.mitosis.cli.terminal.TakesProgram;
import java.util.List;
import picocli.CommandLine;

/** Where the program starts. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(execute(args));
    }

    /** Runs a command; one that needs more memory than there is ends with a line that says so. */
    private static int execute(String... args) {
        try {
            return commandLine(CommandRegistry.commands()).execute(args);
        } catch (OutOfMemoryError full) {
            System.err.printf(
                    "mitosis: this does not fit into the Java heap of %,d MiB (%s); MITOSIS_HEAP sets its size%n",
                    Runtime.getRuntime().maxMemory() >> 20, full.getMessage());
            return CommandLine.ExitCode.SOFTWARE;
        }
    }

    /** The command line with these subcommands. */
    public static CommandLine commandLine(List<Object> commands) {
        CommandLine root = new CommandLine(new Mitosis());
        for (Object command : commands) {
            CommandLine sub = new CommandLine(command);
            sub.getCommandSpec().mixinStandardHelpOptions(true);
            root.addSubcommand(sub);
        }
        // A program's arguments are its own: "@file" and quotes reach it as they were typed.
        root.setExpandAtFiles(false)
                .setTrimQuotes(false)
                .setCaseInsensitiveEnumValuesAllowed(true)
                .setUsageHelpWidth(100)
                .setParameterExceptionHandler(ErrorLines::usage)
                .setExecutionExceptionHandler(ErrorLines::failure);
        for (CommandLine sub : root.getSubcommands().values()) {
            sub.setStopAtPositional(sub.getCommand() instanceof TakesProgram);
        }
        return root;
    }
}
