package dev.mitosis.cli;

import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.cli.terminal.Nearest;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.ExitCode;
import picocli.CommandLine.MissingParameterException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Turns what went wrong into one line on standard error and an exit code. */
final class ErrorLines {
    /** The environment variable that adds the stack trace of a defect. */
    static final String TRACE = "MITOSIS_TRACE";
    /** As of a program that ended by SIGPIPE: whoever read had enough. */
    private static final int BROKEN_PIPE = 128 + 13;
    /** As of a program that ended by SIGINT. */
    private static final int INTERRUPTED = 128 + 2;

    private static final String MANY_FILES = "Too many open files";

    private ErrorLines() {}

    /** Bad arguments: says which, and the nearest valid ones. */
    static int usage(ParameterException e, String[] args) {
        CommandLine command = e.getCommandLine();
        print(
                command.getErr(),
                describe(e) + example(e) + " (see " + command.getCommandSpec().qualifiedName() + " --help)");
        return ExitCode.USAGE;
    }

    /** Where something is missing, the first example of the command. */
    private static String example(ParameterException e) {
        if (!(e instanceof MissingParameterException)) {
            return "";
        }
        return Stream.of(e.getCommandLine().getCommandSpec().usageMessage().footer())
                .map(String::strip)
                .filter(line -> line.startsWith("./mitosis "))
                .findFirst()
                .map(line -> ", as in: " + line.replaceFirst(" {3,}.*", ""))
                .orElse("");
    }

    /** What a command, or the command line itself, threw. */
    static int failure(Throwable thrown, PrintWriter err) {
        if (thrown instanceof CommandException known) {
            print(err, lineOf(known));
            return known.exitCode();
        }
        if (thrown instanceof UncheckedIOException wrapped && wrapped.getCause() != null) {
            print(err, describe(wrapped.getCause()));
        } else if (thrown instanceof IOException outside) {
            print(err, describe(outside));
        } else if (thrown instanceof InterruptedException) {
            print(err, "interrupted");
            return INTERRUPTED;
        } else if (thrown instanceof Error limit && limitOf(limit).isPresent()) {
            print(err, limitOf(limit).get());
        } else {
            defect(thrown, err);
        }
        return ExitCode.SOFTWARE;
    }

    /** What the machine or its settings, not the program, lack; empty for any other error. */
    private static Optional<String> limitOf(Error thrown) {
        if (thrown instanceof OutOfMemoryError full) {
            String what = String.valueOf(full.getMessage());
            return Optional.of(
                    what.contains("native thread")
                            ? "the system has no room for another thread: " + oneLine(what)
                            : String.format(
                                    Locale.ROOT,
                                    "this does not fit into the Java heap of %,d MiB (%s); MITOSIS_HEAP=SIZE sets its"
                                            + " size",
                                    Runtime.getRuntime().maxMemory() >> 20,
                                    oneLine(what)));
        }
        if (thrown instanceof StackOverflowError) {
            return Optional.of("this is nested more deeply than can be read");
        }
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof UnsatisfiedLinkError missing) {
                return Optional.of("a native library of this program cannot be loaded: "
                        + oneLine(String.valueOf(missing.getMessage())));
            }
            if (cause instanceof FileSystemException open
                    && String.valueOf(open.getReason()).contains(MANY_FILES)) {
                return Optional.of("too many files are open; ulimit -n sets how many may be");
            }
        }
        return Optional.empty();
    }

    /** What should not happen: one line, and where it happened on request only. */
    static void defect(Throwable thrown, PrintWriter err) {
        boolean traced = System.getenv(TRACE) != null;
        print(
                err,
                "a defect in mitosis, please report it: " + oneLine(String.valueOf(thrown))
                        + (traced ? "" : " (" + TRACE + "=1 shows where)"));
        if (traced) {
            thrown.printStackTrace(err);
            err.flush();
        }
    }

    /** Standard output could not be written: that is a failure whatever the command returned. */
    static int lostOutput(IOException e, PrintWriter err) {
        if (String.valueOf(e.getMessage()).contains("Broken pipe")) {
            return BROKEN_PIPE;
        }
        print(err, "cannot write the result to standard output: " + lineOf(e));
        return ExitCode.SOFTWARE;
    }

    private static String describe(ParameterException e) {
        if (e instanceof UnmatchedArgumentException unmatched) {
            boolean option = unmatched.isUnknownOption();
            boolean command = !option && e.getCommandLine().getParent() == null;
            String what = option ? "unknown option" : command ? "unknown command" : "unexpected argument";
            String typed = unmatched.getUnmatched().get(0);
            List<String> known = option
                    ? Nearest.optionsOf(e.getCommandLine())
                    : command ? List.copyOf(e.getCommandLine().getSubcommands().keySet()) : List.of();
            return what + " '" + typed + "'" + Nearest.didYouMean(typed, known);
        }
        String line = lineOf(e);
        return line.isEmpty() ? "bad arguments" : line.substring(0, 1).toLowerCase(Locale.ROOT) + line.substring(1);
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
        if (e instanceof DirectoryNotEmptyException) {
            return lineOf(e) + ": a directory that is not empty";
        }
        if (e instanceof CharacterCodingException) {
            return "not a text file: " + lineOf(e);
        }
        return lineOf(e);
    }

    private static String lineOf(Exception e) {
        String message = e.getMessage();
        return oneLine(message == null ? e.toString() : message);
    }

    private static String oneLine(String text) {
        return text.strip().replaceAll("\\s*\\R\\s*", "; ").replaceAll("\\p{Cntrl}", "?");
    }

    private static void print(PrintWriter err, String line) {
        err.println("mitosis: " + line);
        err.flush();
    }
}
