package dev.mitosis.bench;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.whatif.Answer;
import dev.mitosis.lab.whatif.PolicyRow;
import dev.mitosis.lab.whatif.ProgramRecording;
import dev.mitosis.lab.whatif.Recording;
import dev.mitosis.lab.whatif.ScenarioAnswer;
import dev.mitosis.lab.whatif.WhatIf;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.replication.policy.PolicyRegistry;
import dev.mitosis.workloads.trace.sampling.SamplingPlan;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * How well windows predict the answer for a whole program: what {@code ./mitosis check --sampling} runs. Each program is recorded whole;
 * the same trace is then simulated whole, and as sampling would have kept it.
 *
 * <p>It fails when a speedup is off by more than {@value #POINTS} points, or more than {@value #SHARE} of the accesses were simulated.
 */
public final class SamplingAccuracy {
    private static final double POINTS = 3;
    private static final double SHARE = 0.1;
    private static final SamplingPlan PLAN = SamplingPlan.windows(1_500_000, 40_000_000, 2_000_000);

    private final MachineProfile profile = MachineProfile.load("4s-haswell-ex");
    private boolean hasFailed;

    private SamplingAccuracy() {}

    /** All programs, or those that are named. */
    public static void main(String[] args) throws IOException, InterruptedException {
        SamplingAccuracy accuracy = new SamplingAccuracy();
        System.out.println(String.format(
                Locale.ROOT,
                "a window of %,d in each %,d accesses, and %,d lines before it; speedups on 4s-haswell-ex at CPI 0.7\n",
                PLAN.window(),
                PLAN.every(),
                PLAN.warmUp()));
        System.out.println("program      accesses   kept  scenario  policy        whole  windows  points");
        try (CReference recorded = new CReference("recorded", "-O1", "-pthread")) {
            String program = recorded.program().toString();
            Map<String, List<String>> programs = new LinkedHashMap<>();
            programs.put("update", List.of(program, "update", "256", "60000000", "1"));
            programs.put("sqlite3", sqlite());
            programs.put("python3", python(recorded));
            programs.put("probe", List.of(program, "probe", "256", "8000000", "4"));
            programs.put("sort", sort(recorded));
            for (Map.Entry<String, List<String>> entry : programs.entrySet()) {
                if (args.length == 0 || List.of(args).contains(entry.getKey())) {
                    accuracy.compare(recorded, entry.getKey(), entry.getValue());
                }
            }
        }
        if (accuracy.hasFailed) {
            System.out.println("\nsampling is off by more than " + POINTS + " points, or keeps too much");
            System.exit(1);
        }
    }

    private static List<String> sqlite() {
        return List.of(
                "sqlite3",
                "-cmd",
                ".output /dev/null",
                ":memory:",
                "create table rows(id integer primary key, payload blob);"
                        + "insert into rows select value, zeroblob(900) from generate_series(1, 150000);"
                        + "select count(*), sum(length(payload)) from generate_series(1, 250000)"
                        + " join rows on id = 1 + (value * 2654435761) % 150000;");
    }

    private static List<String> python(CReference folder) throws IOException {
        Path script = Files.writeString(
                folder.file("words.py"),
                """
                table = {}
                for i in range(300000):
                    table[i * 7919 % 400009] = str(i)
                total = 0
                for i in range(600000):
                    total += len(table[i * 104729 % 300000 * 7919 % 400009])
                """);
        return List.of("python3", "-S", "-B", script.toString());
    }

    private static List<String> sort(CReference folder) throws IOException {
        StringBuilder lines = new StringBuilder();
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 200_000; i++) {
            lines.append(random.nextLong()).append('\n');
        }
        Path file = Files.writeString(folder.file("lines"), lines);
        return List.of("sort", "--parallel=1", "-o", "/dev/null", file.toString());
    }

    private void compare(CReference folder, String name, List<String> argv) throws IOException {
        Path trace = folder.file("whole.mtrace");
        Path kept = folder.file("kept.mtrace");
        Recording whole = ProgramRecording.record(argv, trace, SamplingPlan.EVERYTHING, done -> {})
                .recording();
        Recording sampled = ProgramRecording.thin(whole, kept, PLAN);
        double share = (double) sampled.recorded() / whole.accesses();
        hasFailed |= share > SHARE;
        Answer all = answer(whole);
        Answer windows = answer(sampled);
        for (int i = 0; i < all.scenarios().size(); i++) {
            ScenarioAnswer exact = all.scenarios().get(i);
            ScenarioAnswer estimate = windows.scenarios().get(i);
            for (int row = 1; row < exact.rows().size(); row++) {
                print(
                        name,
                        whole,
                        share,
                        exact,
                        exact.rows().get(row),
                        estimate.rows().get(row));
            }
        }
        Files.delete(trace);
        Files.delete(kept);
    }

    private Answer answer(Recording recording) throws IOException {
        int threads = Runtime.getRuntime().availableProcessors();
        return new WhatIf(profile, KernelSettings.DEFAULT, PolicyRegistry.compared(), List.of(), 1, threads)
                .answer(recording, List.of(), done -> {});
    }

    private void print(
            String name, Recording whole, double share, ScenarioAnswer scenario, PolicyRow exact, PolicyRow estimate) {
        double points = 100 * (estimate.speedup() - exact.speedup());
        hasFailed |= Math.abs(points) > POINTS;
        System.out.println(String.format(
                Locale.ROOT,
                "%-10s %10.1fM %5.1f%%  %-8s  %-12s %6.3f  %7.3f  %+6.2f",
                name,
                whole.accesses() / 1e6,
                100 * share,
                scenario.scenario().label(),
                exact.policy(),
                exact.speedup(),
                estimate.speedup(),
                points));
    }
}
