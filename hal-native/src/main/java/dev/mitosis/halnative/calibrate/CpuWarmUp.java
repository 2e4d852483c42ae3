package dev.mitosis.halnative.calibrate;

import java.util.function.LongSupplier;

/**
 * Runs a processor until its pace is steady: frequencies rise for up to seconds after idling, and compiled code replaces interpreted.
 *
 * <p>Source: Sapphire Rapids takes 1.6 s to boost (Chips and Cheese, 2023).
 */
final class CpuWarmUp {
    static final long MOST_NANOS = 3_000_000_000L;

    private static final int STEPS = 2_000_000;
    private static final int ALIKE = 5;
    private static final double MOST_DIFFERENCE = 0.02;

    private final LongSupplier clock;
    private long word = 1;

    /** A preheating by a clock of nanoseconds. */
    CpuWarmUp(LongSupplier clock) {
        this.clock = clock;
    }

    /** Runs until five pieces of work after each other took equally long; no where they did not before the time was up. */
    boolean isSettledWithin(long mostNanos) {
        long start = clock.getAsLong();
        double least = Double.MAX_VALUE;
        int alike = 0;
        do {
            long began = clock.getAsLong();
            for (int i = 0; i < STEPS; i++) {
                word = word * 6364136223846793005L + 1442695040888963407L; // each depends on the one before
            }
            double took = clock.getAsLong() - began;
            boolean isAlike = took <= least * (1 + MOST_DIFFERENCE) && took >= least * (1 - MOST_DIFFERENCE);
            alike = isAlike ? alike + 1 : took < least ? 0 : alike; // slower pieces were disturbed
            least = Math.min(least, took);
        } while (alike < ALIKE && clock.getAsLong() - start < mostNanos);
        return alike >= ALIKE;
    }
}
