package dev.mitosis.cli.machine;

import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.cli.terminal.OutputFormat;
import dev.mitosis.cli.terminal.Progress;
import dev.mitosis.cli.terminal.Specs;
import dev.mitosis.halnative.HostProbe;
import dev.mitosis.halnative.calibrate.Calibration;
import dev.mitosis.halnative.calibrate.Calibrator;
import dev.mitosis.halnative.files.FolderFiles;
import dev.mitosis.halnative.libc.LibNuma;
import dev.mitosis.halnative.libc.LibcCalls;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.machine.WalkTimer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.LocalDate;
import java.time.ZoneId;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code calibrate}: this host in numbers, and as a machine to simulate. */
@Command(
        name = "calibrate",
        description = {
            "Measures this host: memory between its nodes, caches, TLBs and page walks.",
            "Latency and bandwidth between nodes, idle and busy, with small and huge pages; caches; what TLBs reach; cache lines",
            "between processors; and walks of real page tables on the host's nodes.",
            "With -o the numbers become a machine to simulate, beside those that come with the product."
        },
        footer = {
            "",
            "Examples:",
            "  ./mitosis calibrate",
            "  ./mitosis calibrate --budget 300 -o here.conf",
            "  ./mitosis whatif --machine here.conf --sockets 4 -- sqlite3 big.db 'select …'"
        })
public final class CalibrateCommand implements Callable<Integer> {
    private static final int MOST_SECONDS = 86_400;

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--budget",
            paramLabel = "SECONDS",
            description = "Begin nothing more after so many seconds (default: 120); what is left out is named.")
    private int budgetSeconds = 120;

    @Option(names = "-o", paramLabel = "FILE", description = "Write a machine profile, whose name must end in .conf.")
    private @Nullable Path output;

    @Option(
            names = "--base",
            paramLabel = "M",
            description =
                    "The machine that has what cannot be measured (default: the one whose processor is most like).")
    private @Nullable String base;

    @Option(names = "--seed", paramLabel = "N", description = "Another seed, other chains (1).")
    private long seed = 1;

    @Option(
            names = "--format",
            paramLabel = "FORMAT",
            description = "Print results as text, json or csv (default: text).")
    private OutputFormat format = OutputFormat.TEXT;

    @Override
    public Integer call() throws IOException, InterruptedException {
        check();
        HostProbe probe = HostProbe.of(FolderFiles.host(), LibNuma.find(), new LibcCalls());
        Specs.err(spec).println("mitosis: read from " + probe.source());
        Specs.err(spec).flush();
        Calibration measured;
        try (Progress progress = Progress.of("measuring", 100, " %", 1)) {
            Calibrator calibrator = new Calibrator(
                    probe.topology(),
                    new LibcCalls(),
                    FolderFiles.host(),
                    budgetSeconds * 1_000_000_000L,
                    seed,
                    new WalkTimer(),
                    (doing, done, all) -> {
                        progress.note(doing);
                        progress.to(100L * done / all);
                    });
            measured = calibrator.run();
        } catch (IOException e) {
            throw CommandException.failure("cannot measure this host: " + e.getMessage());
        }
        Specs.out(spec)
                .print(
                        switch (format) {
                            case TEXT -> CalibrationReport.text(measured);
                            case JSON -> CalibrationReport.json(measured);
                            case CSV -> CalibrationReport.csv(measured);
                        });
        Specs.out(spec).flush();
        if (output != null) {
            write(output, measured);
        }
        return 0;
    }

    private void check() {
        if (budgetSeconds < 1 || budgetSeconds > MOST_SECONDS) {
            throw CommandException.usage("--budget is 1 to " + MOST_SECONDS + " seconds, not " + budgetSeconds);
        }
        if (output != null && !output.toString().endsWith(".conf")) {
            throw CommandException.usage("-o " + output + ": the name of a machine's file ends in .conf");
        }
        Path folder = output == null ? null : output.toAbsolutePath().getParent();
        if (folder != null && !Files.isDirectory(folder)) {
            throw CommandException.usage("-o " + output + ": " + folder + " is no directory");
        }
        if (base != null && !MachineProfile.names().contains(base)) {
            throw CommandException.usage("--base " + base + ": there are " + String.join(", ", MachineProfile.names()));
        }
    }

    private void write(Path file, Calibration measured) throws IOException {
        String text;
        try {
            text = CalibratedProfile.write(measured, base, LocalDate.now(ZoneId.systemDefault()));
        } catch (IllegalArgumentException e) {
            throw CommandException.failure(file + " is not written: " + e.getMessage());
        }
        Path part = Files.createTempFile(file.toAbsolutePath().getParent(), ".calibrate", ".conf");
        try {
            Files.writeString(part, text);
            MachineProfile.load(part.toString()); // what cannot be read must not be left behind
            Files.move(part, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } finally {
            Files.deleteIfExists(part);
        }
        Specs.err(spec).println("mitosis: wrote " + file + ": use it as --machine " + file);
        Specs.err(spec).flush();
    }
}
