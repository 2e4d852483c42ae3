package dev.mitosis.lab.advise;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.run.RunResult;
import dev.mitosis.lab.whatif.PolicyRow;
import dev.mitosis.lab.whatif.ScenarioAnswer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * Shapes of programs under which replicas of page tables lose or do nothing, found in what first touch did.
 *
 * <p>Source: the limits that Mitosis (ASPLOS'20) §8 and Hydra (ATC 2024) report: updates cost by the number of replicas, huge pages leave few walks, small
 * tables stay in caches, and a short run does not pay replicas back.
 */
final class LosingShapes {
    private static final double MANY_UPDATES = 0.1;
    private static final double FEW_WALKS = 0.02;
    private static final double NOT_PAID_BACK = 0.02;

    private LosingShapes() {}

    static List<String> of(MachineProfile profile, ScenarioAnswer answer) {
        RunResult now = answer.baseline();
        List<String> warnings = new ArrayList<>();
        double runtime = now.cycles().runtime();
        double kernel = runtime == 0 ? 0 : now.counts().kernelCycles / runtime;
        if (kernel > MANY_UPDATES) {
            warnings.add(text(
                    "%.0f%% of its cycles are memory management: eager replicas multiply the stores of mmap, munmap and mprotect.",
                    100 * kernel));
        }
        if (now.cycles().walkShare() < FEW_WALKS) {
            warnings.add(text(
                    "page walks take only %.1f%% of its cycles, so no placement of tables gains more.",
                    100 * now.cycles().walkShare()));
        }
        long tables = Arrays.stream(now.pageTableBytes()).sum();
        if (tables < profile.last().sizeBytes()) {
            warnings.add(text(
                    "its %.1f MiB of page tables fit into a last-level cache of %.0f MiB: the answer can change where it runs on more data than recorded.",
                    tables / 1048576.0, profile.last().sizeBytes() / 1048576.0));
        }
        for (PolicyRow row : answer.rows()) {
            if (row.speedup() > 1 + NOT_PAID_BACK && row.netSpeedup() < 1) {
                warnings.add(text("the run is too short for %s: it costs more before than it gains.", row.policy()));
            }
        }
        return warnings;
    }

    private static String text(String format, Object... values) {
        return String.format(Locale.ROOT, format, values);
    }
}
