package dev.mitosis.cli.verify;

import dev.mitosis.cli.machine.LikeliestMachine;
import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.cli.terminal.OutputOptions;
import dev.mitosis.cli.terminal.Progress;
import dev.mitosis.cli.terminal.Results;
import dev.mitosis.cli.terminal.Specs;
import dev.mitosis.cli.terminal.TakesProgram;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.whatif.PageSizes;
import dev.mitosis.lab.whatif.ProgramRecording;
import dev.mitosis.workloads.recorder.ProgramOutput;
import dev.mitosis.workloads.recorder.RecorderException;
import dev.mitosis.workloads.recorder.RecorderSettings;
import dev.mitosis.workloads.recorder.ScratchFolder;
import dev.mitosis.workloads.recorder.VerifyKernels;
import dev.mitosis.workloads.trace.sampling.SamplingPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code verify}: predictions beside what this machine measures. */
@Command(
        name = "verify",
        description = {
            "Holds predictions against this machine: runs a program, and predicts the same from its recording.",
            "The program runs in turn with base pages, with huge pages, and with base pages beside a neighbour that reads",
            "memory. Each ratio that is measured stands beside the one that is predicted, with intervals, and a sentence says how far to",
            "trust an answer for this program. Without a program, a suite of small loops runs at several sizes.",
            "A machine with one node is enough: what page walks cost is what huge pages save."
        },
        footer = {
            "",
            "In a virtual machine the host's tables are walked too: the program is simulated in a guest then.",
            "Examples:",
            "  ./mitosis verify",
            "  ./mitosis verify --quick --format csv",
            "  ./mitosis calibrate -o here.conf && ./mitosis verify --machine here.conf -- sqlite3 my.db 'select ...'"
        })
public final class VerifyCommand implements Callable<Integer>, TakesProgram {
    private static final List<Integer> SIZES_MIB = List.of(64, 256, 1024);
    private static final List<Integer> QUICK_SIZES_MIB = List.of(64, 256);
    private static final int MILLIONS = 10;
    private static final int QUICK_MILLIONS = 2;
    private static final int MOST_TURNS = 1000;
    private static final Path NOWHERE = Path.of("/dev/null");

    @Spec
    private @Nullable CommandSpec spec;

    @Option(
            names = "--machine",
            paramLabel = "M",
            description =
                    "What this machine is simulated as, best a file of calibrate (default: the one whose processor is"
                            + " most like).")
    private @Nullable String machine;

    @Option(names = "--turns", paramLabel = "N", description = "Measure each ratio so many times (default: 7).")
    private int turns = 7;

    @Option(names = "--quick", description = "A smaller and shorter suite.")
    private boolean isQuick;

    @Option(names = "--seed", paramLabel = "N", description = "Seed of the simulation (default: 1).")
    private long seed = 1;

    @Mixin
    private final OutputOptions output = new OutputOptions();

    @Parameters(
            arity = "0..*",
            paramLabel = "PROGRAM",
            description = "The program and its arguments; without one, the suite.")
    private List<String> program = List.of();

    @Override
    public Integer call() throws IOException {
        if (turns < 1 || turns > MOST_TURNS) {
            throw CommandException.usage("--turns is 1 to " + MOST_TURNS + ", not " + turns);
        }
        MachineProfile profile = profile();
        int processors = Runtime.getRuntime().availableProcessors();
        try {
            Path kernels = VerifyKernels.program();
            NativeRuns runs = new NativeRuns(kernels, processors);
            PageSizes sizes = new PageSizes(profile, LikeliestMachine.isVirtual(), seed);
            List<VerifyReport.Line> lines = new ArrayList<>();
            double load = loadPerProcessor(processors);
            if (program.isEmpty()) {
                suite(kernels, runs, sizes, lines);
            } else {
                lines.addAll(lines(program.get(0), runs.program(program, turns), predict(program, sizes)));
            }
            VerifyReport report = new VerifyReport(profile.name(), load, lines);
            Results.print(
                    Specs.out(spec),
                    output,
                    "verify",
                    report.text().stripTrailing(),
                    report.json().stripTrailing(),
                    report.csv().stripTrailing());
            return 0;
        } catch (RecorderException e) {
            throw CommandException.withExitCode(e.exitCode(), String.valueOf(e.getMessage()));
        }
    }

    private MachineProfile profile() throws IOException {
        try {
            return MachineProfile.load(machine == null ? LikeliestMachine.name() : machine);
        } catch (IllegalArgumentException e) {
            throw CommandException.usage(String.valueOf(e.getMessage()));
        }
    }

    private void suite(Path kernels, NativeRuns runs, PageSizes sizes, List<VerifyReport.Line> lines)
            throws IOException {
        List<Integer> mebibytes = isQuick ? QUICK_SIZES_MIB : SIZES_MIB;
        String millions = Integer.toString(isQuick ? QUICK_MILLIONS : MILLIONS);
        long done = 0;
        try (Progress progress =
                Progress.of("measuring", (long) VerifyKernels.NAMES.size() * mebibytes.size(), " loops", 1)) {
            for (String kernel : VerifyKernels.NAMES) {
                for (int size : mebibytes) {
                    List<String> arguments = List.of(kernel, Integer.toString(size), millions);
                    progress.note(kernel + " " + size + " MiB");
                    NativeRuns.Measured measured = runs.loop(arguments, turns);
                    List<String> argv = new ArrayList<>(List.of(kernels.toString(), "-p", "huge"));
                    argv.addAll(arguments);
                    lines.addAll(lines(kernel + " " + size + " MiB", measured, predict(argv, sizes)));
                    progress.to(++done);
                }
            }
        }
    }

    private static List<VerifyReport.Line> lines(
            String name, NativeRuns.Measured measured, PageSizes.Prediction predicted) {
        List<VerifyReport.Line> lines = new ArrayList<>();
        lines.add(line(name, "huge", measured.hugeSpeedup(), predicted.hugeSpeedup()));
        if (!measured.busySlowdown().isEmpty()) {
            lines.add(line(name, "busy", measured.busySlowdown(), predicted.busySlowdown()));
        }
        return lines;
    }

    private static VerifyReport.Line line(String name, String what, List<Double> measured, PageSizes.Ratio predicted) {
        return new VerifyReport.Line(
                name, what, NativeRuns.Measured.median(measured), NativeRuns.Measured.noise(measured), predicted);
    }

    private PageSizes.Prediction predict(List<String> argv, PageSizes sizes) throws IOException {
        Path trace = ScratchFolder.create().path().resolve("program.mtrace");
        try {
            ProgramRecording.record(
                    argv,
                    trace,
                    SamplingPlan.EVERYTHING,
                    RecorderSettings.DEFAULT.withOutput(ProgramOutput.to(NOWHERE)),
                    done -> {});
            return sizes.predict(trace);
        } catch (IllegalArgumentException e) {
            throw CommandException.failure(String.join(" ", argv) + ": " + e.getMessage());
        } finally {
            Files.deleteIfExists(trace);
        }
    }

    /** Processes that want to run, over processors. */
    private static double loadPerProcessor(int processors) throws IOException {
        String text = Files.readString(Path.of("/proc/loadavg"));
        return Double.parseDouble(text.split(" ", 2)[0]) / processors;
    }
}
