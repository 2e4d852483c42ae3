package dev.mitosis.cli.terminal;

import picocli.CommandLine.ExitCode;

/** What a user can put right: one line that says what is wrong and what would do instead, and the exit code. */
public final class CommandException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int exitCode;

    private CommandException(int exitCode, String line) {
        super(line, null, false, false);
        this.exitCode = exitCode;
    }

    /** Something that was typed wrong: exit code 2. */
    public static CommandException usage(String line) {
        return new CommandException(ExitCode.USAGE, line);
    }

    /** Something that was asked for rightly, and did not work: exit code 1. */
    public static CommandException failure(String line) {
        return new CommandException(ExitCode.SOFTWARE, line);
    }

    /** Something that another program's conventions give an exit code for. */
    public static CommandException withExitCode(int exitCode, String line) {
        return new CommandException(exitCode, line);
    }

    public int exitCode() {
        return exitCode;
    }
}
