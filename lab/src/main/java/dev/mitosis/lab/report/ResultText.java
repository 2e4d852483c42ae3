package dev.mitosis.lab.report;

import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.lab.run.RunResult;
import dev.mitosis.lab.run.WalkReadKinds;
import dev.mitosis.lab.whatif.Answer;
import dev.mitosis.lab.whatif.PolicyRow;
import dev.mitosis.lab.whatif.Recording;
import dev.mitosis.lab.whatif.ScenarioAnswer;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/** Results for people. */
public final class ResultText {
    private static final double MIB = 1 << 20;

    private ResultText() {}

    /** One simulation. */
    public static String of(RunResult result) {
        Pmu counts = result.counts();
        double accesses = counts.accesses;
        StringBuilder text = new StringBuilder();
        add(
                text,
                "%s %s on %s, policy %s, seed %d%n",
                result.workload(),
                result.config(),
                result.machine(),
                result.policy(),
                result.seed());
        add(
                text,
                "  cycles an access    %10.1f   walk %.1f, other %.1f%n",
                result.cycles().runtime() / accesses,
                result.cycles().walk() / accesses,
                result.cycles().nonWalk() / accesses);
        add(
                text,
                "  accesses            %,10d   TLB misses: first level %,d, second level %,d%n",
                counts.accesses,
                counts.l1TlbMisses,
                counts.stlbMisses);
        long[] leaf = leafReads(result);
        add(
                text,
                "  walks               %,10d   leaf reads: %s local memory, %s remote, %s cached%n",
                counts.walks,
                percent(leaf, WalkReadKinds.LOCAL),
                percent(leaf, WalkReadKinds.REMOTE),
                percent(leaf, WalkReadKinds.CACHED));
        add(text, "  remote leaf entries %s%n", remote(result));
        add(text, "  page tables         %s%n", bytes(result.pageTableBytes()));
        add(text, "  data                %s%n", bytes(result.dataBytes()));
        add(
                text,
                "  simulated           %,10.1f s, %.1f M accesses/s",
                result.simSeconds(),
                result.accessesPerSecond() / 1e6);
        return text.toString();
    }

    /** One comparison. */
    public static String of(Answer answer) {
        Recording recording = answer.recording();
        StringBuilder text = new StringBuilder();
        add(text, "%s%n", recording.program());
        add(
                text,
                "  %,d accesses, %,d instructions, %d thread%s in %d process%s, working set %.0f MiB%n",
                recording.accesses(),
                recording.instructions(),
                recording.threads(),
                recording.threads() == 1 ? "" : "s",
                recording.processes(),
                recording.processes() == 1 ? "" : "es",
                recording.pages() * 4096 / MIB);
        if (recording.recorded() < recording.accesses()) {
            add(
                    text,
                    "  %,d of the accesses are in the trace (%.1f%%); they stand for the others%n",
                    recording.recorded(),
                    100.0 * recording.recorded() / recording.accesses());
        }
        add(
                text,
                "  recorded in %.1f s (%.1f M accesses/s); simulated in %.1f s (%.1f M accesses/s); %d unexplained"
                        + " accesses%n",
                recording.seconds(),
                recording.accesses() / recording.seconds() / 1e6,
                answer.simSeconds(),
                answer.accessesPerSecond() / 1e6,
                answer.unexplained());
        if (answer.refusedCalls() > 0) {
            add(text, "  %d recorded system calls were refused by the simulated kernel%n", answer.refusedCalls());
        }
        for (String note : answer.notes()) {
            add(text, "  note: %s%n", note);
        }
        for (ScenarioAnswer scenario : answer.scenarios()) {
            add(text, "%n");
            scenario(text, answer, scenario);
        }
        return text.toString().stripTrailing();
    }

    private static void scenario(StringBuilder text, Answer answer, ScenarioAnswer scenario) {
        RunResult base = scenario.baseline();
        boolean isMoved = !scenario.rows().get(0).contendedSpeedups().isEmpty();
        add(
                text,
                "On %s, %d sockets, %s (%s):%n",
                answer.machine(),
                answer.sockets(),
                scenario.scenario().description(),
                scenario.scenario().label());
        add(text, "  TLB misses per thousand accesses  %.2f%n", scenario.tlbMissesPerThousand());
        add(
                text,
                "  share of cycles in page walks     %.1f%%   (%.1f%% reading other sockets' memory; caches answer"
                        + " %.0f%% of leaf reads)%n",
                100 * base.cycles().walkShare(),
                100 * scenario.remoteWalkShare(),
                100 * scenario.cachedLeafShare());
        add(text, "  remote leaf entries               %s%n", remote(base));
        add(text, "  page tables                       %s%n%n", bytes(base.pageTableBytes()));
        add(
                text,
                "  %-12s  %-22s  %s%10s  %11s  %s%n",
                "policy",
                "speedup (from … to)",
                isMoved ? String.format(Locale.ROOT, "%-21s", "old node busy") : "",
                "tables",
                "kernel work",
                "remote leaf entries");
        for (PolicyRow row : scenario.rows()) {
            add(
                    text,
                    "  %-12s  %-22s  %s%6.1f MiB  %+10.2f%%  %s%n",
                    row.policy(),
                    speedups(row.speedups()),
                    isMoved ? String.format(Locale.ROOT, "%-21s", speedups(row.contendedSpeedups())) : "",
                    row.pageTableBytes() / MIB,
                    100 * row.updateShare(),
                    remote(row.result()));
        }
        if (scenario.rows().stream().anyMatch(row -> row.updateShare() < 0)) {
            add(
                    text,
                    "  kernel work: what memory management takes beyond first touch's, by first touch's run time;"
                            + " below zero it%n  takes less, as where data is placed that need not be moved%n");
        }
        scenario.fitted().ifPresent(fitted -> text.append(FitText.of(fitted, isMoved)));
        add(text, "%n  %s%n", scenario.verdict().sentence());
    }

    /** The value, and the ends of its interval. */
    private static String speedups(List<Double> values) {
        return String.format(
                Locale.ROOT,
                "%.2fx (%.2f … %.2f)",
                values.get(1),
                Math.min(values.get(0), values.get(2)),
                Math.max(values.get(0), values.get(2)));
    }

    private static long[] leafReads(RunResult result) {
        return result.walkReads()[1];
    }

    private static String percent(long[] kinds, int kind) {
        long all = Arrays.stream(kinds).sum();
        return String.format(Locale.ROOT, "%.1f%%", all == 0 ? 0 : 100.0 * kinds[kind] / all);
    }

    private static String remote(RunResult result) {
        return Arrays.stream(result.leafRemotePercent())
                .mapToObj(percent -> String.format(Locale.ROOT, "%.0f%%", percent))
                .collect(Collectors.joining("  ", "", "   seen from each socket"));
    }

    private static String bytes(long[] byNode) {
        return Arrays.stream(byNode)
                .mapToObj(bytes -> String.format(Locale.ROOT, "%.1f", bytes / MIB))
                .collect(Collectors.joining("  ", "", " MiB on each node"));
    }

    private static void add(StringBuilder text, String format, Object... values) {
        text.append(String.format(Locale.ROOT, format, values));
    }
}
