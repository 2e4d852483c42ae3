package dev.mitosis.kvm.discovery;

import java.util.Locale;

/**
 * What the groups of a tier most likely are. Groups follow from latencies alone; their names need a little knowledge of machines,
 * and are a guess where these figures do not hold.
 *
 * <p>Source: latencies of the machines in {@code docs/discovery.md}.
 */
public enum TierKind {
    /** Threads of a core: their line never leaves the first-level cache. */
    SMT,
    /** Part of a socket: a die, a core complex, or a half of a mesh. */
    CLUSTER,
    /** A socket. */
    SOCKET;

    /** Threads of a core exchange a line in 7 to 12 ns; neighbouring cores need 18 ns or more. */
    private static final double MOST_SMT_NANOS = 16;

    private static final int MOST_SMT_THREADS = 8;
    private static final double LEAST_SMT_STEP = 1.4;
    /** The fastest link between sockets that we know of takes 108 ns (Ice Lake-SP), measured with a tenth of noise. */
    private static final double LEAST_SOCKET_NANOS = 97;
    /** Between sockets a line takes 1.8 to 3.5 times as long as within; between core complexes 4.5 to 6 times. */
    private static final double LEAST_SOCKET_STEP = 1.5;

    private static final double MOST_SOCKET_STEP = 4;

    static TierKind of(boolean isInnermost, boolean isOutermost, int largestGroup, double within, double across) {
        if (isInnermost && isOfThreads(largestGroup, within) && across >= LEAST_SMT_STEP * within) {
            return SMT;
        }
        boolean isSocketStep = across >= LEAST_SOCKET_STEP * within && across < MOST_SOCKET_STEP * within;
        return isOutermost && isSocketStep && across >= LEAST_SOCKET_NANOS ? SOCKET : CLUSTER;
    }

    /** Whether a median latency and a size are those of threads of a core. */
    static boolean isOfThreads(int largestGroup, double within) {
        return within <= MOST_SMT_NANOS && largestGroup <= MOST_SMT_THREADS;
    }

    /** The name in results: {@code smt}, {@code cluster}, {@code socket}. */
    public String label() {
        return name().toLowerCase(Locale.ROOT);
    }
}
