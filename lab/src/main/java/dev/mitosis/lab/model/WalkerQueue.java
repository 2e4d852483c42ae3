package dev.mitosis.lab.model;

/**
 * A core's page walkers as the servers of a closed queue: so many walks are in the code's window, each thinks for a while, then takes the
 * next walker that is free, and is served.
 *
 * <pre>
 *   p(k) = p(0) n!/(n-k)! r^k / (k! while k ≤ c, c! c^(k-c) beyond)      k of n walks wait or are served, by c walkers
 *   r    = service time / think time
 * </pre>
 *
 * <p>A chase has one walk in flight, so what it waits for is the walk. Independent accesses keep every walker busy, and no walk waits for
 * one: each takes its time, and the program waits for half of it where there are two. That as many are in flight as there are walkers and
 * not more is what the rows of GUPS show: run times of its guests follow within 1 %, native ones within 5 %, with more in flight less well.
 *
 * <p>Source: the machine-repair model (M/M/c//n), D. Gross, C. Harris, Fundamentals of Queueing Theory, section on finite sources.
 *
 * @param walkers servers
 * @param inFlight walks in the window
 */
public record WalkerQueue(int walkers, int inFlight) {
    private static final int BISECTIONS = 200;
    /** Ratios of service to think time that are looked through: from hardly any walks to nothing else. */
    private static final double LEAST = 1e-9;

    private static final double MOST = 1e9;

    public WalkerQueue {
        if (walkers < 1 || inFlight < 1) {
            throw new IllegalArgumentException(walkers + " walkers and " + inFlight + " walks in flight");
        }
    }

    /** The mean of walkers that are busy when a walk takes {@code ratio} times as long as what comes between: pending cycles over cycles. */
    public double busyWalkers(double ratio) {
        double term = 1;
        double sum = 1;
        double busy = 0;
        for (int k = 1; k <= inFlight; k++) {
            term *= ratio * (inFlight - k + 1) / Math.min(k, walkers);
            sum += term;
            busy += Math.min(k, walkers) * term;
        }
        return busy / sum;
    }

    /** How many times as long a program runs whose walks take {@code factor} times as long, if {@code busy} walkers were busy before. */
    public double slowdown(double busy, double factor) {
        double ratio = ratioOf(busy);
        // A cycle of walks passes for each busy walker: run time is walk time over busy walkers.
        return factor * busyWalkers(ratio) / busyWalkers(factor * ratio);
    }

    /** What of a pending cycle the program waits for: how the run time grows with walks that grow a little, a pending cycle over cycles. */
    public double exposure(double busy) {
        double little = 1e-6;
        double known = Math.min(busy, busyWalkers(MOST) * (1 - little));
        return (slowdown(known, 1 + little) - 1) / little / known;
    }

    private double ratioOf(double busy) {
        return Bisection.geometricBoundary(ratio -> !(busyWalkers(ratio) < busy), LEAST, MOST, BISECTIONS);
    }
}
