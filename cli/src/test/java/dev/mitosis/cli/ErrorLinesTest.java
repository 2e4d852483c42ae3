package dev.mitosis.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.workloads.trace.TraceException;
import java.io.EOFException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.MalformedInputException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.FileSystemLoopException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.nio.file.Path;
import java.util.ConcurrentModificationException;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletionException;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** Whatever a command throws, the user sees one line and an exit code, and never where in the program it happened. */
class ErrorLinesTest {
    /** A command that throws what it is given. */
    @Command(name = "throw")
    static final class Thrower implements Callable<Integer> {
        private final Throwable thrown;

        Thrower(Throwable thrown) {
            this.thrown = thrown;
        }

        @Override
        public Integer call() throws Exception {
            if (thrown instanceof Error error) {
                throw error;
            }
            throw (Exception) thrown;
        }
    }

    /** What was thrown, its exit code, and what the line says. */
    record Kind(Throwable thrown, int exitCode, String line) {}

    private static Kind kind(Throwable thrown, String line) {
        return new Kind(thrown, 1, line);
    }

    static Stream<Kind> kinds() {
        return Stream.of(
                new Kind(CommandException.usage("say what"), 2, "say what"),
                kind(CommandException.failure("it did not work"), "it did not work"),
                new Kind(CommandException.withExitCode(77, "no"), 77, "no"),
                new Kind(new InterruptedException(), 130, "interrupted"),
                kind(new IOException("disk full"), "disk full"),
                kind(new IOException(), "java.io.IOException"),
                kind(new IOException("first\n\n  second\r\nthird\u001b[31m"), "first; second; third?[31m"),
                kind(new EOFException("cut short"), "cut short"),
                kind(new FileNotFoundException("x (Permission denied)"), "x (Permission denied)"),
                kind(new NoSuchFileException("x"), "x: no such file or directory"),
                kind(new AccessDeniedException("x"), "x: permission denied"),
                kind(new FileAlreadyExistsException("x"), "x: exists already"),
                kind(new NotDirectoryException("x"), "x: not a directory"),
                kind(new DirectoryNotEmptyException("x"), "x: a directory that is not empty"),
                kind(new FileSystemLoopException("x"), "x"),
                kind(new FileSystemException("x", null, "Read-only file system"), "x: Read-only file system"),
                kind(new MalformedInputException(1), "not a text file: Input length = 1"),
                kind(new TraceException(Path.of("t"), 5, "damaged"), "t: byte 5: damaged"),
                kind(new UncheckedIOException(new NoSuchFileException("y")), "y: no such file or directory"),
                kind(new StackOverflowError(), "this is nested more deeply than can be read"),
                kind(
                        new OutOfMemoryError("unable to create native thread: possibly out of memory"),
                        "the system has no room for another thread"),
                kind(new OutOfMemoryError("Java heap space"), "this does not fit into the Java heap of"),
                kind(
                        new UnsatisfiedLinkError("/tmp/x.so: failed to map\nsegment"),
                        "a native library of this program cannot be loaded: /tmp/x.so: failed to map; segment"),
                kind(
                        new ExceptionInInitializerError(new UnsatisfiedLinkError("no x")),
                        "a native library of this program cannot be loaded: no x"),
                kind(
                        new NoClassDefFoundError("x")
                                .initCause(new FileSystemException("j", null, "Too many open files")),
                        "too many files are open"),
                kind(new NoClassDefFoundError("dev/mitosis/X"), "a defect in mitosis, please report it: "),
                kind(new AssertionError("never"), "a defect in mitosis, please report it: "),
                kind(
                        new IllegalStateException("a\nb"),
                        "a defect in mitosis, please report it: java.lang.IllegalStateException: a; b"),
                kind(new IllegalArgumentException("x"), "a defect in mitosis, please report it: "),
                kind(new ArithmeticException("/ by zero"), "a defect in mitosis, please report it: "),
                kind(new ArrayIndexOutOfBoundsException(7), "a defect in mitosis, please report it: "),
                kind(new NullPointerException(), "a defect in mitosis, please report it: "),
                kind(new ClassCastException(), "a defect in mitosis, please report it: "),
                kind(new NegativeArraySizeException("-1"), "a defect in mitosis, please report it: "),
                kind(new NoSuchElementException(), "a defect in mitosis, please report it: "),
                kind(new NumberFormatException("x"), "a defect in mitosis, please report it: "),
                kind(new ConcurrentModificationException(), "a defect in mitosis, please report it: "),
                kind(new UnsupportedOperationException(), "a defect in mitosis, please report it: "),
                kind(new CompletionException(new IOException("x")), "a defect in mitosis, please report it: "),
                kind(new KernelException(Errno.ENOMEM, "full"), "a defect in mitosis, please report it: "));
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void whateverIsThrownBecomesOneLine(Kind kind) {
        StringWriter err = new StringWriter();
        CommandLine line = Main.commandLine(List.of(new Thrower(kind.thrown())));
        line.setErr(new PrintWriter(err, true));
        int exitCode;
        try {
            exitCode = line.execute("throw");
        } catch (Throwable passed) { // as main does: picocli lets errors through
            exitCode = ErrorLines.failure(passed, new PrintWriter(err, true));
        }
        assertEquals(kind.exitCode(), exitCode);
        assertEquals(1, err.toString().lines().count(), err.toString());
        assertTrue(err.toString().startsWith("mitosis: " + kind.line()), err.toString());
        assertFalse(err.toString().contains("\tat "), err.toString());
    }

    @Test
    void aLostResultIsAFailureUnlessTheReaderHadEnough() {
        StringWriter err = new StringWriter();
        assertEquals(1, ErrorLines.lostOutput(new IOException("No space left on device"), new PrintWriter(err)));
        assertEquals("mitosis: cannot write the result to standard output: No space left on device\n", err.toString());
        assertEquals(141, ErrorLines.lostOutput(new IOException("Broken pipe"), new PrintWriter(err)));
    }
}
