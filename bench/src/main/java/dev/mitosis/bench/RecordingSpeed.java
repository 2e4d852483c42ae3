package dev.mitosis.bench;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.whatif.ProgramRecording;
import dev.mitosis.lab.whatif.Recording;
import dev.mitosis.lab.whatif.Scenario;
import dev.mitosis.lab.whatif.WhatIf;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.replication.policy.PlacementPolicy;
import dev.mitosis.replication.policy.PolicyRegistry;
import dev.mitosis.workloads.recorder.RecorderChoice;
import dev.mitosis.workloads.recorder.RecorderSettings;
import dev.mitosis.workloads.trace.sampling.SamplingPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How fast programs are recorded by each recorder, beside the program by itself and under the emulator without a recorder; how fast they
 * are recorded and simulated; and what each further policy of the same reading costs beside a reading of its own.
 *
 * <p>A figure is the median of rounds that take turns; accesses are counted before folding.
 */
final class RecordingSpeed {
    private static final int ROUNDS = 3;
    private static final String SQL = "create table t(id integer primary key, a text);"
            + " insert into t select value, hex(value * 7919) from generate_series(1, 200000);"
            + " select count(*), sum(length(a)) from generate_series(1, 600000) join t on id = 1 + (value * 2654435761) % 200000;";

    /** A recorder, and the command that runs a program under its emulator alone. */
    private record Under(RecorderChoice recorder, List<String> emulator) {}

    private static final List<Under> RECORDERS = List.of(
            new Under(RecorderChoice.VALGRIND, List.of("valgrind", "-q", "--tool=none")),
            new Under(RecorderChoice.QEMU, List.of("qemu-x86_64", "-cpu", "max")));

    private RecordingSpeed() {}

    static void print(SpeedReport report) throws IOException, InterruptedException {
        report.line(
                "\nrecorded programs            alone, s   recorder    its emulator, s   recording, M accesses/s   and one policy");
        try (CReference recorded = new CReference("recorded", "-O1", "-pthread")) {
            String program = recorded.program().toString();
            Path trace = recorded.file("trace.mtrace");
            print(report, "sqlite3", List.of("sqlite3", ":memory:", SQL), trace);
            for (String arguments : List.of("update 512 10000000 1", "probe 512 12000000 1", "probe 512 3000000 4")) {
                List<String> argv = new ArrayList<>(List.of(program));
                argv.addAll(List.of(arguments.split(" ")));
                print(report, arguments, argv, trace);
            }
            Files.deleteIfExists(trace);
        }
    }

    private static void print(SpeedReport report, String name, List<String> argv, Path trace)
            throws IOException, InterruptedException {
        double[] alone = new double[ROUNDS];
        double[][] emulated = new double[RECORDERS.size()][ROUNDS];
        double[][] recording = new double[RECORDERS.size()][ROUNDS];
        double[][] both = new double[RECORDERS.size()][ROUNDS];
        double[] further = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            alone[round] = secondsOf(argv);
            for (int i = 0; i < RECORDERS.size(); i++) {
                Under under = RECORDERS.get(i);
                List<String> command = new ArrayList<>(under.emulator());
                command.add(PathSearch.absolute(argv.get(0)));
                command.addAll(argv.subList(1, argv.size()));
                emulated[i][round] = secondsOf(command);
                Recording recorded = ProgramRecording.record(
                                argv,
                                trace,
                                SamplingPlan.EVERYTHING,
                                RecorderSettings.DEFAULT.with(under.recorder()),
                                done -> {})
                        .recording();
                recording[i][round] = recorded.accesses() / recorded.seconds() / 1e6;
                both[i][round] = recorded.accesses() / (recorded.seconds() + seconds(recorded, 1, 2)) / 1e6;
                if (i == 0) {
                    // On one host thread, so that nothing hides behind anything.
                    double single = seconds(recorded, 1, 1);
                    further[round] = (seconds(recorded, 4, 1) - single) / 3 / single;
                }
            }
        }
        for (int i = 0; i < RECORDERS.size(); i++) {
            String recorder = RECORDERS.get(i).recorder().toString();
            report.figure("recording by " + recorder, name, "million_accesses_per_second", median(recording[i]));
            report.figure(
                    "recording by " + recorder, name, "million_accesses_per_second_with_one_policy", median(both[i]));
            report.line(
                    "%-28s %8.2f   %-10s %16.2f %25.1f %16.1f",
                    name, median(alone), recorder, median(emulated[i]), median(recording[i]), median(both[i]));
        }
        report.figure("recording", name, "share_of_a_reading_that_a_further_policy_costs", median(further));
        report.line("%-28s a further policy costs %.2f of a reading of its own", "", median(further));
    }

    private static double secondsOf(List<String> command) throws IOException, InterruptedException {
        long started = System.nanoTime();
        Process process = new ProcessBuilder(command)
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .redirectError(ProcessBuilder.Redirect.INHERIT)
                .start();
        int status = process.waitFor();
        if (status != 0) {
            throw new IOException(String.join(" ", command) + " ended with " + status);
        }
        return (System.nanoTime() - started) / 1e9;
    }

    /** What simulating some policies takes, first touch among them, in one reading. */
    private static double seconds(Recording recording, int policies, int threads) throws IOException {
        List<PlacementPolicy> chosen = PolicyRegistry.compared().subList(0, policies);
        MachineProfile profile = MachineProfile.load("4s-haswell-ex");
        return new WhatIf(profile, KernelSettings.DEFAULT, chosen, List.of(Scenario.MOVED), 1, threads)
                .answer(recording, List.of(), done -> {})
                .simSeconds();
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
