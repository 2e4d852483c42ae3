package dev.mitosis.kernel;

import static org.junit.jupiter.api.Assertions.fail;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The long differential run: {@code ./mitosis check --differential}.
 *
 * <p>A script that shows a difference is shortened and written beside the kept ones, where every build runs it from then on.
 */
class HostCampaign {
    private static final long CALLS = Long.getLong("mitosis.check.ops", 2_000_000);
    private static final long SEED = Long.getLong("mitosis.check.seed", 1);
    private static final int SCRIPT_CALLS = 90;
    private static final long PROGRESS_CALLS = 200_000;
    private static final Path KEPT = Path.of("src/test/resources/dev/mitosis/kernel/regressions");

    @Test
    @Timeout(value = 6, unit = TimeUnit.HOURS)
    void theHostsKernelAndOursDoTheSame() throws Exception {
        Assumptions.assumeTrue(HostKernel.isAvailable(), "no C compiler is installed");
        try (HostComparison both = new HostComparison()) {
            long shown = 0;
            for (long script = 0; both.calls() < CALLS; script++) {
                List<Call> calls = Call.script(new Random(SEED * 1_000_003 + script), SCRIPT_CALLS);
                String difference = both.firstDifference(calls);
                if (difference != null) {
                    List<Call> shortest = both.shrink(calls);
                    Path file = KEPT.resolve("found-" + SEED + "-" + script + ".txt");
                    StringBuilder text = new StringBuilder("# " + System.getProperty("os.version") + '\n');
                    shortest.forEach(call -> text.append(call).append('\n'));
                    Files.createDirectories(KEPT);
                    Files.writeString(file, text);
                    fail(both.firstDifference(shortest) + "\nkept as mm-core/" + file);
                }
                if (both.calls() - shown >= PROGRESS_CALLS) {
                    shown = both.calls();
                    System.out.println("differential: " + shown + " of " + CALLS + " calls, no difference");
                }
            }
            System.out.println("differential: " + both.calls() + " calls on Linux " + System.getProperty("os.version")
                    + " and on ours, no difference");
        }
    }
}
