package dev.mitosis.shim.command;

import java.io.PrintWriter;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Model.CommandSpec;

/** The streams of the command line that a command belongs to. */
final class Specs {
    private Specs() {}

    static PrintWriter out(@Nullable CommandSpec spec) {
        return used(spec).commandLine().getOut();
    }

    static PrintWriter err(@Nullable CommandSpec spec) {
        return used(spec).commandLine().getErr();
    }

    private static CommandSpec used(@Nullable CommandSpec spec) {
        if (spec == null) {
            throw new IllegalStateException("a command that was not parsed has no streams");
        }
        return spec;
    }
}
