package dev.mitosis.bench;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.whatif.ProgramRecording;
import dev.mitosis.lab.whatif.Recording;
import dev.mitosis.lab.whatif.Scenario;
import dev.mitosis.lab.whatif.WhatIf;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.replication.policy.PlacementPolicy;
import dev.mitosis.replication.policy.PolicyRegistry;
import dev.mitosis.workloads.trace.sampling.SamplingPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * How fast programs are recorded, how fast they are recorded and simulated, and what each further policy of the same reading costs
 * beside a reading of its own.
 *
 * <p>A figure is the median of rounds that take turns; accesses are counted before folding.
 */
final class RecordingSpeed {
    private static final int ROUNDS = 3;
    private static final String[][] PROGRAMS = {
        {"probe", "512", "12000000", "1"}, {"update", "512", "10000000", "1"}, {"probe", "512", "3000000", "4"},
    };

    private RecordingSpeed() {}

    static void print(SpeedReport report) throws IOException, InterruptedException {
        report.line(
                "\nrecorded programs, M accesses/s     recording   and one policy   a further policy costs, of a reading of its own");
        try (CReference recorded = new CReference("recorded", "-O1", "-pthread")) {
            for (String[] arguments : PROGRAMS) {
                print(report, recorded, arguments);
            }
        }
    }

    private static void print(SpeedReport report, CReference recorded, String[] arguments) throws IOException {
        Path trace = recorded.file("trace.mtrace");
        List<String> argv = new ArrayList<>(List.of(recorded.program().toString()));
        argv.addAll(List.of(arguments));
        double[] alone = new double[ROUNDS];
        double[] both = new double[ROUNDS];
        double[] further = new double[ROUNDS];
        for (int round = 0; round < ROUNDS; round++) {
            Recording recording = ProgramRecording.record(argv, trace, SamplingPlan.EVERYTHING, done -> {})
                    .recording();
            double one = seconds(recording, 1, 2);
            both[round] = recording.accesses() / (recording.seconds() + one) / 1e6;
            alone[round] = recording.accesses() / recording.seconds() / 1e6;
            // On one host thread, so that nothing hides behind anything.
            double single = seconds(recording, 1, 1);
            double four = seconds(recording, 4, 1);
            further[round] = (four - single) / 3 / single;
        }
        Files.deleteIfExists(trace);
        String name = String.join(" ", arguments);
        report.figure("recording", name, "million_accesses_per_second", median(alone));
        report.figure("recording", name, "million_accesses_per_second_with_one_policy", median(both));
        report.line("%-35s %9.1f %16.1f %26.2f", name, median(alone), median(both), median(further));
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
