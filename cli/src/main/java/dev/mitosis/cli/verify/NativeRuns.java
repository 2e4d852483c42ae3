package dev.mitosis.cli.verify;

import dev.mitosis.cli.terminal.CommandException;
import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * Runs a program on this machine, in turn with base pages, with huge pages, and with base pages beside a neighbour that reads memory.
 *
 * <p>The program runs on one processor where it is a loop of the suite, the neighbour on all others that this process may use.
 *
 * <p>Errors: {@link CommandException} when a run fails.
 */
final class NativeRuns {
    /** The neighbour has its memory by then. */
    private static final long NEIGHBOUR_STARTS_MILLIS = 700;

    private static final int FIRST_CPU = 0;

    private final Path kernels;
    private final int processors;

    NativeRuns(Path kernels, int processors) {
        this.kernels = kernels;
        this.processors = processors;
    }

    /**
     * What was measured.
     *
     * @param hugeSpeedup of each turn: base pages over huge ones
     * @param busySlowdown of each turn: beside the neighbour over alone; empty where there is no processor for one
     */
    record Measured(List<Double> hugeSpeedup, List<Double> busySlowdown) {
        static double median(List<Double> values) {
            double[] sorted =
                    values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
            int middle = sorted.length / 2;
            return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
        }

        /** Half of what the middle half of the turns spans, as a share of their median: what runs differ by. */
        static double noise(List<Double> values) {
            double[] sorted =
                    values.stream().mapToDouble(Double::doubleValue).sorted().toArray();
            int quarter = sorted.length / 4;
            return (sorted[sorted.length - 1 - quarter] - sorted[quarter]) / 2 / median(values);
        }
    }

    /** Runs a loop of the suite; what it prints is its time. */
    Measured loop(List<String> kernel, int turns) throws IOException {
        return measure(turns, (pages, out) -> {
            List<String> command =
                    new ArrayList<>(List.of(kernels.toString(), "-c", Integer.toString(FIRST_CPU), "-p", pages));
            command.addAll(kernel);
            Process process = new ProcessBuilder(command)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            finish(process, command);
            return Double.parseDouble(said.split(" ", 2)[0]);
        });
    }

    /** Runs a program whole, without its output; its time is that of its process. */
    Measured program(List<String> argv, int turns) throws IOException {
        return measure(turns, (pages, out) -> {
            List<String> command = new ArrayList<>(List.of(kernels.toString(), "-p", pages, "-x"));
            command.addAll(argv);
            long started = System.nanoTime();
            Process process = new ProcessBuilder(command)
                    .redirectOutput(out)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .redirectInput(new File("/dev/null"))
                    .start();
            finish(process, command);
            return System.nanoTime() - started;
        });
    }

    private interface Run {
        double nanos(String pages, File out) throws IOException;
    }

    private Measured measure(int turns, Run run) throws IOException {
        File nowhere = new File("/dev/null");
        List<Double> speedups = new ArrayList<>();
        List<Double> slowdowns = new ArrayList<>();
        for (int turn = 0; turn < turns; turn++) {
            double base = run.nanos("base", nowhere);
            speedups.add(base / run.nanos("huge", nowhere));
            if (processors > 1) {
                List<Process> neighbours = startNeighbours();
                try {
                    slowdowns.add(run.nanos("base", nowhere) / base);
                } finally {
                    neighbours.forEach(Process::destroyForcibly);
                }
            }
        }
        return new Measured(speedups, slowdowns);
    }

    private List<Process> startNeighbours() throws IOException {
        List<Process> neighbours = new ArrayList<>();
        for (int cpu = 0; cpu < processors; cpu++) {
            if (cpu != FIRST_CPU) {
                neighbours.add(
                        new ProcessBuilder(Arrays.asList(kernels.toString(), "-c", Integer.toString(cpu), "neighbour"))
                                .redirectErrorStream(true)
                                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                                .start());
            }
        }
        try {
            TimeUnit.MILLISECONDS.sleep(NEIGHBOUR_STARTS_MILLIS);
        } catch (InterruptedException e) {
            neighbours.forEach(Process::destroyForcibly);
            throw interrupted(e);
        }
        return neighbours;
    }

    private static void finish(Process process, List<String> command) throws IOException {
        try {
            int status = process.waitFor();
            if (status != 0) {
                throw CommandException.failure(
                        String.join(" ", command) + " ended with exit code " + status + ": nothing can be measured");
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            throw interrupted(e);
        }
    }

    private static IOException interrupted(InterruptedException e) {
        Thread.currentThread().interrupt();
        return new IOException("interrupted", e);
    }
}
