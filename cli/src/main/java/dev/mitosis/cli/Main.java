package dev.mitosis.cli;

import dev.mitosis.cli.terminal.ResultStream;
import dev.mitosis.cli.terminal.TakesProgram;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.OutputStreamWriter;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import picocli.CommandLine;

/** Where the program starts, and the one place where it ends: with an exit code, and after a failure one line. */
public final class Main {
    private Main() {}

    public static void main(String[] args) {
        ResultStream results = new ResultStream(new FileOutputStream(FileDescriptor.out));
        PrintWriter out = new PrintWriter(new OutputStreamWriter(results, StandardCharsets.UTF_8));
        PrintWriter err = new PrintWriter(
                new OutputStreamWriter(new FileOutputStream(FileDescriptor.err), StandardCharsets.UTF_8), true);
        Thread.setDefaultUncaughtExceptionHandler((thread, thrown) -> ErrorLines.defect(thrown, err));
        int exitCode;
        try {
            CommandLine line = commandLine(CommandRegistry.commands());
            line.setOut(out).setErr(err);
            exitCode = line.execute(args);
        } catch (Throwable thrown) { // an error, or a defect of the command line itself
            exitCode = ErrorLines.failure(thrown, err);
        }
        out.flush();
        System.exit(results.failure()
                .map(failure -> ErrorLines.lostOutput(failure, err))
                .orElse(exitCode));
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
                .setExecutionExceptionHandler(
                        (thrown, command, parsed) -> ErrorLines.failure(thrown, command.getErr()));
        for (CommandLine sub : root.getSubcommands().values()) {
            sub.setStopAtPositional(sub.getCommand() instanceof TakesProgram);
        }
        return root;
    }
}
