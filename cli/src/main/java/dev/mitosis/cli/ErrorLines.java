package dev.mitosis.cli;

import dev.mitosis.cli.terminal.CommandException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns what went wrong into one line on standard error and an exit code. */
final class ErrorLines {
    private ErrorLines() {}

    /** Bad arguments: says which, and the nearest valid ones. */
    static int usage(ParameterException e, String[] args) {
        CommandLine command = e.getCommandLine();
        print(command, describe(e) + " (see " + command.getCommandSpec().qualifiedName() + " --help)");
        return ExitCode.USAGE;
    }

    /** A command that threw. A defect of ours keeps its stack trace; nothing else has one. */
    static int failure(Exception e, CommandLine command, ParseResult parsed) {
        if (e instanceof CommandException known) {
            print(command, lineOf(known));
            return known.exitCode();
        }
        if (e instanceof UncheckedIOException wrapped && wrapped.getCause() != null) {
            print(command, describe(wrapped.getCause()));
        } else if (e instanceof IOException outside) {
            print(command, describe(outside));
        } else {
            print(command, "a defect in mitosis, please report it: " + e);
            e.printStackTrace(command.getErr());
        }
        return ExitCode.SOFTWARE;
    }

    private static String describe(ParameterException e) {
        if (e instanceof UnmatchedArgumentException unmatched) {
            boolean option = unmatched.isUnknownOption();
            boolean command = !option && e.getCommandLine().getParent() == null;
            String what = option ? "unknown option" : command ? "unknown command" : "unexpected argument";
            return what + " '" + unmatched.getUnmatched().get(0) + "'" + didYouMean(unmatched.getSuggestions());
        }
        String line = lineOf(e);
        return line.isEmpty() ? "bad arguments" : line.substring(0, 1).toLowerCase(Locale.ROOT) + line.substring(1);
    }

    private static String didYouMean(List<String> suggestions) {
        return suggestions.isEmpty() ? "" : "; did you mean " + String.join(" or ", suggestions) + "?";
    }

    /** What {@code java.nio.file} says by the exception's class alone, in words. */
    private static String describe(IOException e) {
        if (e instanceof NoSuchFileException) {
            return lineOf(e) + ": no such file or directory";
        }
        if (e instanceof AccessDeniedException) {
            return lineOf(e) + ": permission denied";
        }
        if (e instanceof FileAlreadyExistsException) {
            return lineOf(e) + ": exists already";
        }
        if (e instanceof NotDirectoryException) {
            return lineOf(e) + ": not a directory";
        }
        return lineOf(e);
    }

    private static String lineOf(Exception e) {
        String message = e.getMessage();
        return (message == null ? e.toString() : message).strip().replaceAll("\\s*\\R\\s*", "; ");
    }

    private static void print(CommandLine command, String line) {
        PrintWriter err = command.getErr();
        err.println("mitosis: " + line);
        err.flush();
    }
}
