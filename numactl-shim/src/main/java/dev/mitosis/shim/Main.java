package dev.mitosis.shim;

import dev.mitosis.shim.command.CommandRegistry;
import dev.mitosis.shim.command.TakesProgram;
import java.util.List;
import picocli.CommandLine;

/** Where the program starts. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        System.exit(commandLine(CommandRegistry.commands()).execute(args));
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
