package dev.mitosis.shim;

import dev.mitosis.shim.command.CommandRegistry;
import dev.mitosis.shim.command.NumactlWhatIf;
import dev.mitosis.shim.command.TakesProgram;
import dev.mitosis.shim.numactl.Numactl;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine;

/** Where the program starts. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        if (args.length > 0 && args[0].equals("numactl")) {
            System.exit(numactl(List.of(args).subList(1, args.length)));
        }
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

    /** Runs the launcher without what it does not need: its start-up time is felt. */
    private static int numactl(List<String> arguments) {
        return Numactl.run(
                arguments,
                new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8),
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                new NumactlWhatIf(Main::execute));
    }

    /** The command line with these subcommands. */
    static CommandLine commandLine(List<Object> commands) {
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
