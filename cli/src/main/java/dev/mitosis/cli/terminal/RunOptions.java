package dev.mitosis.cli.terminal;

import picocli.CommandLine.Option;

/** What makes a simulation repeatable and how many host threads it may use: the same seed gives the same result with any. */
public final class RunOptions {
    public static final long DEFAULT_SEED = 1;

    @Option(
            names = "--seed",
            paramLabel = "N",
            description = "Seed of everything random (default: 1); the same seed gives the same result.")
    private long seed = DEFAULT_SEED;

    @Option(
            names = "--threads",
            paramLabel = "N",
            description = "Host threads to use (default: one a processor); results do not depend on it.")
    private int threads;

    public long seed() {
        return seed;
    }

    /** The host threads to use, at least one. */
    public int threads() {
        if (threads < 0) {
            throw CommandException.usage("--threads must be at least 1, not " + threads);
        }
        return threads == 0 ? Runtime.getRuntime().availableProcessors() : threads;
    }
}
