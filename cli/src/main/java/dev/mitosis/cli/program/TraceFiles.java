package dev.mitosis.cli.program;

import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.cli.terminal.Progress;
import dev.mitosis.lab.whatif.TraceConversion;
import dev.mitosis.lab.whatif.TraceConversion.Converted;
import dev.mitosis.workloads.trace.TraceWriter;
import dev.mitosis.workloads.trace.format.TraceFormat;
import dev.mitosis.workloads.trace.format.TraceFormatRegistry;
import dev.mitosis.workloads.trace.format.TraceInput;
import java.io.IOException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/** Trace files as the command line names them: a path, and a format or none. */
final class TraceFiles {
    /** The format that simulations read. */
    static final String OWN = "mitosis";

    private TraceFiles() {}

    /** The format of a name that was typed, or of the open file. */
    static TraceFormat format(@Nullable String name, TraceInput input) throws IOException {
        return name == null ? TraceFormatRegistry.detect(input) : find(name);
    }

    static TraceFormat find(String name) {
        try {
            return TraceFormatRegistry.find(name);
        } catch (IllegalArgumentException e) {
            throw CommandException.usage(String.valueOf(e.getMessage()));
        }
    }

    /** A writer of the format; one that is only read is a wrong choice. */
    static TraceWriter writer(TraceFormat format, Path file) throws IOException {
        return format.writer(file)
                .orElseThrow(() -> CommandException.usage("traces of the format '" + format.name()
                        + "' are only read; --to may be mitosis, lackey, memtrace or perf"));
    }

    static Converted convert(TraceInput input, TraceFormat from, TraceFormat to, Path made) throws IOException {
        long total = input.sizeBytes() == 0 ? -1 : input.sizeBytes();
        try (Progress progress = Progress.of("reading the trace", total, "MB", 1_000_000)) {
            return TraceConversion.convert(input, from, writer(to, made), progress::to);
        }
    }
}
