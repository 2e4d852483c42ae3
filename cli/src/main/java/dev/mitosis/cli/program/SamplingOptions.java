package dev.mitosis.cli.program;

import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.cli.terminal.Counts;
import dev.mitosis.workloads.trace.sampling.SamplingPlan;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** How much of a program is kept: the options {@code --first}, {@code --last}, and {@code --every} with what belongs to it. */
public final class SamplingOptions {
    private static final long DEFAULT_EVERY = 40_000_000;
    /** Of a period: a window, and lines to warm up for it. */
    private static final long WINDOWS = 25;

    private static final long WARM_UPS = 20;

    @Option(
            names = "--first",
            paramLabel = "N",
            description = "Keep the first N accesses only (500000, 50M, 2G); the program then goes on unrecorded.")
    private @Nullable String first;

    @Option(
            names = "--last",
            paramLabel = "N",
            description = "Keep the last N accesses, and how its pages came to be before.")
    private @Nullable String last;

    @Option(
            names = "--every",
            paramLabel = "N",
            description = "Keep a window of each N accesses (default: all accesses; 40M where --window is given).")
    private @Nullable String every;

    @Option(
            names = "--window",
            paramLabel = "N",
            description = "How many accesses of a window count (default: 1/25 of --every).")
    private @Nullable String window;

    @Option(
            names = "--warm-up",
            paramLabel = "N",
            description =
                    "Before each window touch the N lines used last, to fill caches and TLBs (default: 1/20 of --every).")
    private @Nullable String warmUp;

    SamplingPlan plan() {
        if (first == null && last == null && every == null && window == null && warmUp == null) {
            return SamplingPlan.EVERYTHING;
        }
        boolean hasWindows = every != null || window != null || warmUp != null;
        if ((first != null ? 1 : 0) + (last != null ? 1 : 0) + (hasWindows ? 1 : 0) > 1) {
            throw CommandException.usage(
                    "--first, --last and windows (--every, --window, --warm-up) exclude each other");
        }
        try {
            if (first != null) {
                return SamplingPlan.first(Counts.parse("--first", first));
            }
            if (last != null) {
                return SamplingPlan.last(Counts.parse("--last", last));
            }
            long period = every == null ? DEFAULT_EVERY : Counts.parse("--every", every);
            long counted = window == null ? Math.max(1, period / WINDOWS) : Counts.parse("--window", window);
            long before =
                    warmUp == null ? period / WARM_UPS : "0".equals(warmUp) ? 0 : Counts.parse("--warm-up", warmUp);
            return SamplingPlan.windows(counted, period, before);
        } catch (IllegalArgumentException e) {
            throw CommandException.usage(String.valueOf(e.getMessage()));
        }
    }
}
