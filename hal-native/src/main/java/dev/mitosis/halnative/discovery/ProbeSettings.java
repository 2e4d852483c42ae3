package dev.mitosis.halnative.discovery;

/**
 * How thoroughly pairs are measured.
 *
 * @param rounds times that every pair is visited
 * @param samples of a pair in a visit; the fastest of all visits counts
 * @param exchanges round trips of a sample
 * @param budgetNanos after which no further pair is begun
 */
public record ProbeSettings(int rounds, int samples, int exchanges, long budgetNanos) {
    private static final int LEAST_ROUNDS = 5;
    private static final int MOST_ROUNDS = 200;
    private static final int VISITS = 1000;
    private static final int SAMPLES = 10;
    private static final int EXCHANGES = 300;

    public ProbeSettings {
        if (rounds < 1 || samples < 1 || exchanges < 1 || (long) samples * exchanges > Integer.MAX_VALUE) {
            throw new IllegalArgumentException("rounds " + rounds + ", samples " + samples + " and exchanges "
                    + exchanges + " must be at least 1");
        }
    }

    /**
     * What suits a number of pairs: the fewer there are, the more rounds, because on a virtual machine a processor is moved now and
     * then. A visit takes some 1 ms where a line takes 150 ns.
     */
    public static ProbeSettings within(long budgetNanos, int pairs) {
        int rounds = Math.min(MOST_ROUNDS, Math.max(LEAST_ROUNDS, VISITS / Math.max(1, pairs)));
        return new ProbeSettings(rounds, SAMPLES, EXCHANGES, budgetNanos);
    }
}
