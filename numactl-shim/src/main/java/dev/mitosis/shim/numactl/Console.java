package dev.mitosis.shim.numactl;

import java.io.PrintStream;

/**
 * Standard output and error as the C library would use them: errors at once, output when it ends, in one piece. The original's
 * messages put their own line's end on standard output, and so do these.
 */
final class Console {
    private final StringBuilder pending = new StringBuilder();
    private final PrintStream out;
    private final PrintStream err;

    Console(PrintStream out, PrintStream err) {
        this.out = out;
        this.err = err;
    }

    Console out(String text) {
        pending.append(text);
        return this;
    }

    Console err(String text) {
        err.print(text);
        err.flush();
        return this;
    }

    void flush() {
        out.print(pending);
        out.flush();
        pending.setLength(0);
    }

    /** Bad arguments: the usage. */
    NumactlExit usage() {
        err(Usage.TEXT);
        return new NumactlExit(1);
    }

    /** Bad arguments: what is wrong with them, and the usage. */
    NumactlExit usage(String message) {
        err("numactl: " + message).out("\n");
        return usage();
    }

    NumactlExit complain(String message) {
        err("numactl: " + message).out("\n");
        return new NumactlExit(1);
    }

    /** An error from outside: only a line on standard error. */
    NumactlExit fail(String line) {
        err(line + "\n");
        return new NumactlExit(1);
    }
}
