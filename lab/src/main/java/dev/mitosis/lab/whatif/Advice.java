package dev.mitosis.lab.whatif;

import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.lab.run.RunResult;
import dev.mitosis.lab.run.WalkReadKinds;
import java.util.List;
import java.util.Locale;

/** Finds the best policy among the rows of a scenario, and says in a sentence why it helps, or why nothing does. */
final class Advice {
    /** A speedup that is worth a kernel: below it, the answer is no. */
    static final double WORTH = 1.02;

    /** Policies nearer to each other than this are the same; the simpler one is taken. */
    static final double NOISE = 0.002;

    private static final double FEW_WALKS = 0.02;
    private static final double MOSTLY_CACHED = 0.8;

    private Advice() {}

    static Verdict judge(Scenario scenario, List<PolicyRow> rows, double remoteWalkShare, long lastLevelBytes) {
        PolicyRow best = rows.get(0);
        for (PolicyRow row : rows) {
            if (row.netSpeedup() > best.netSpeedup() + NOISE) {
                best = row;
            }
        }
        RunResult now = rows.get(0).result();
        String judged = "Judged " + scenario.description() + " (" + scenario.label() + "): ";
        if (best.netSpeedup() >= WORTH) {
            String busy = best.contendedSpeedups().isEmpty()
                    ? ""
                    : text(" (%.2fx while the old node's memory is busy)", best.contendedSpeedup());
            return new Verdict(
                    true,
                    best.policy(),
                    best.speedup(),
                    judged
                            + text(
                                    "yes, %s makes it %.2fx as fast%s, because %.0f%% of its cycles are page walks and"
                                            + " %.0f%% are spent reading page tables in other sockets' memory; it costs"
                                            + " %.1f MiB more of page tables and %s of the run time for updates.",
                                    best.policy(),
                                    best.speedup(),
                                    busy,
                                    100 * now.cycles().walkShare(),
                                    100 * remoteWalkShare,
                                    best.extraTableBytes() / 1048576.0,
                                    best.updateShare() < 0 ? "none" : text("%.1f%%", 100 * best.updateShare())));
        }
        return new Verdict(
                false,
                "first-touch",
                1,
                judged + "no benefit, because " + reason(now, rows, remoteWalkShare, lastLevelBytes));
    }

    private static String reason(RunResult now, List<PolicyRow> rows, double remoteWalkShare, long lastLevelBytes) {
        Pmu counts = now.counts();
        double walkShare = now.cycles().walkShare();
        if (walkShare < FEW_WALKS) {
            return text(
                    "page walks take only %.1f%% of its cycles: %.2f of a thousand accesses miss the TLB.",
                    100 * walkShare, counts.accesses == 0 ? 0 : 1000.0 * counts.stlbMisses / counts.accesses);
        }
        for (PolicyRow row : rows) {
            if (row.speedup() >= WORTH) {
                return text(
                        "%s would make what follows %.2fx as fast, but costs %.0f%% of this run's time before: the run"
                                + " is too short to pay that back.",
                        row.policy(), row.speedup(), 100 * row.oneOffShare());
            }
        }
        long[] leaf = now.walkReads()[1];
        long all = Math.max(1, leaf[WalkReadKinds.LOCAL] + leaf[WalkReadKinds.REMOTE] + leaf[WalkReadKinds.CACHED]);
        double cached = (double) leaf[WalkReadKinds.CACHED] / all;
        long tableBytes = rows.get(0).pageTableBytes();
        if (cached > MOSTLY_CACHED) {
            return text(
                    "%.0f%% of its cycles are page walks, but caches answer %.0f%% of their leaf reads: %.1f MiB of"
                            + " page tables stay in a last-level cache of %.0f MiB, wherever they live. It would matter"
                            + " for a working set whose page tables do not fit beside the data.",
                    100 * walkShare, 100 * cached, tableBytes / 1048576.0, lastLevelBytes / 1048576.0);
        }
        if (leaf[WalkReadKinds.REMOTE] < leaf[WalkReadKinds.LOCAL]) {
            return text(
                    "%.0f%% of its cycles are page walks, but %.0f%% of the leaf reads that go to memory are local"
                            + " already.",
                    100 * walkShare,
                    100.0 * leaf[WalkReadKinds.LOCAL] / (leaf[WalkReadKinds.LOCAL] + leaf[WalkReadKinds.REMOTE]));
        }
        return text(
                "only %.1f%% of its cycles are reads of page tables in other sockets' memory, which is all that"
                        + " placement can save.",
                100 * remoteWalkShare);
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
