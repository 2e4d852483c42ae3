package dev.mitosis.cli.terminal;

import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** The streams of the command line that a command belongs to. */
public final class Specs {
    private Specs() {}

    public static PrintWriter out(@Nullable CommandSpec spec) {
        return used(spec).commandLine().getOut();
    }

    public static PrintWriter err(@Nullable CommandSpec spec) {
        return used(spec).commandLine().getErr();
    }

    private static CommandSpec used(@Nullable CommandSpec spec) {
        if (spec == null) {
            throw new IllegalStateException("a command that was not parsed has no streams");
        }
        return spec;
    }
}
