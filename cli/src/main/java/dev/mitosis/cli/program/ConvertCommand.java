package dev.mitosis.cli.program;

import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.cli.terminal.Specs;
import dev.mitosis.lab.whatif.TraceConversion.Converted;
import dev.mitosis.workloads.trace.format.TraceFormat;
import dev.mitosis.workloads.trace.format.TraceInput;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code convert}: a trace of another tool into one of ours, and back where that makes sense. */
@Command(
        name = "convert",
        description = "Converts a trace of another tool into a trace file, or a trace file into text.",
        footer = {
            "",
            "Formats, told apart by content; each may be compressed with gzip or xz:",
            "  mitosis   what record writes",
            "  lackey    valgrind --tool=lackey --trace-mem=yes --log-file=FILE",
            "  champsim  ChampSim's records of 64 bytes (read only)",
            "  cloudsuite  ChampSim's records of 96 bytes (read only)",
            "  drview    what DynamoRIO's drmemtrace view tool prints, since 2021 (read only)",
            "  memtrace  the log of DynamoRIO's sample client memtrace_simple",
            "  perf      perf script -F tid,addr, and what it prints of perf mem record",
            "  perfmem   perf mem report -D (read only)",
            "",
            "Examples:",
            "  ./mitosis convert lackey.txt -o sort.mtrace",
            "  ./mitosis convert --from champsim 605.mcf_s-1536B.champsimtrace.xz -o mcf.mtrace",
            "  ./mitosis convert --to lackey sort.mtrace -o sort.txt"
        })
public final class ConvertCommand implements Callable<Integer> {
    @Spec
    private @Nullable CommandSpec spec;

    @Option(names = "--from", paramLabel = "FORMAT", description = "What IN is (default: what its content says).")
    private @Nullable String from;

    @Option(names = "--to", paramLabel = "FORMAT", description = "What to write (default: mitosis).")
    private String to = TraceFiles.OWN;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            required = true,
            description = "The file to make; an old one is replaced when all of IN was read.")
    private Path made = Path.of("trace.mtrace");

    @Parameters(arity = "1", paramLabel = "IN", description = "The trace; /dev/stdin for a pipe.")
    private Path file = Path.of("trace.txt");

    @Override
    public Integer call() throws IOException {
        TraceFormat target = TraceFiles.find(to);
        if (Files.isDirectory(made)) {
            throw CommandException.usage(made + " is a directory");
        }
        try (TraceInput input = TraceInput.open(file)) {
            TraceFormat source = TraceFiles.format(from, input);
            Converted converted = TraceFiles.convert(input, source, target, made);
            PrintWriter err = Specs.err(spec);
            err.println(String.format(
                    Locale.ROOT,
                    "mitosis: %,d accesses of %d thread%s read as %s in %.1f s (%.1f M/s), written to %s as %s%s",
                    converted.accesses(),
                    converted.threads(),
                    converted.threads() == 1 ? "" : "s",
                    source.name(),
                    converted.seconds(),
                    converted.accesses() / converted.seconds() / 1e6,
                    made,
                    to,
                    TraceFiles.size(made)));
            converted.notes().forEach(note -> err.println("mitosis: " + note));
            if (!to.equals(TraceFiles.OWN)) {
                err.println("mitosis: mappings, instructions and sizes of accesses are not kept as " + to);
            }
            err.flush();
        }
        return 0;
    }
}
