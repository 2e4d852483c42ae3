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
        System.exit(commandLine(CommandRegistry.commands()).execute(args));
    }

    /** Runs the launcher without what it does not need: its start-up time is felt. */
    private static int numactl(List<String> arguments) {
        return Numactl.run(
                arguments,
                new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8),
                new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8),
                new NumactlWhatIf(
                        words -> commandLine(CommandRegistry.commands()).execute(words)));
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
