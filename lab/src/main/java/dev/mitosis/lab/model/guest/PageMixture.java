package dev.mitosis.lab.model.guest;

import dev.mitosis.lab.model.Bisection;
import dev.mitosis.lab.model.MeasuredRun;
import dev.mitosis.lab.run.GuestConfiguration;
import dev.mitosis.lab.run.GuestPages;
import java.util.function.DoubleUnaryOperator;

/**
 * Which pages serve the walks of a guest under transparent huge pages.
 *
 * @param guestHuge the share of walks that end in a huge page of the guest, and of the host below it
 * @param hostHuge of the other walks the share whose base page lies in a huge page of the host
 */
public record PageMixture(double guestHuge, double hostHuge) {
    public static final PageMixture BASE = new PageMixture(0, 0);
    /**
     * The share of a host's memory in huge pages below a guest whose memory is fragmented. Fitted on the rows of GUPS alone: their
     * pending cycles of the extended table are 0.24 to 0.48 of the way from huge pages to base pages.
     */
    private static final double FRAGMENTED_HOST_HUGE = 0.65;

    private static final int BISECTIONS = 50;

    /** Cycles of walks under this mixture. */
    public double walks(Simulation simulation, GuestConfiguration configuration) {
        return mean(configuration, pages -> simulation.walkCycles(configuration, pages));
    }

    private double guestWalks(Simulation simulation, GuestConfiguration configuration) {
        return walks(simulation, configuration) - epts(simulation, configuration);
    }

    private double epts(Simulation simulation, GuestConfiguration configuration) {
        return mean(configuration, pages -> simulation.eptCycles(configuration, pages));
    }

    private interface Cycles {
        double of(GuestPages pages);
    }

    private double mean(GuestConfiguration configuration, Cycles cycles) {
        double base = cycles.of(GuestPages.BASE);
        if (!configuration.thp()) {
            return base;
        }
        double small =
                configuration.isNative() ? base : (1 - hostHuge) * base + hostHuge * cycles.of(GuestPages.HOST_HUGE);
        return (1 - guestHuge) * small + guestHuge * cycles.of(GuestPages.HUGE);
    }

    /** The mixture before anything is known of the row. */
    public static PageMixture expected(GuestConfiguration local) {
        return local.thp() ? new PageMixture(1, local.isFragmented() ? FRAGMENTED_HOST_HUGE : 1) : BASE;
    }

    /** The mixture that explains the counters of a local huge-page row, beside those of the row with base pages. */
    public static PageMixture fromCounters(
            Simulation simulation,
            GuestConfiguration local,
            MeasuredRun known,
            GuestConfiguration from,
            MeasuredRun base) {
        double guestRatio = known.walk() / base.walk();
        double guestFrom = BASE.guestWalks(simulation, from);
        double hostHuge = expected(local).hostHuge;
        double guestHuge =
                solve(phi -> new PageMixture(phi, hostHuge).guestWalks(simulation, local) / guestFrom, guestRatio);
        if (local.isNative()) {
            return new PageMixture(guestHuge, hostHuge);
        }
        double eptRatio = known.ept() / base.ept();
        double eptFrom = BASE.epts(simulation, from);
        return new PageMixture(
                guestHuge,
                solve(share -> new PageMixture(guestHuge, share).epts(simulation, local) / eptFrom, eptRatio));
    }

    /** The mixture whose walks are so many times those of the row with base pages. */
    public static PageMixture fromWalks(
            Simulation simulation, GuestConfiguration local, GuestConfiguration from, double ratio) {
        double hostHuge = expected(local).hostHuge;
        double base = BASE.walks(simulation, from);
        return new PageMixture(
                solve(phi -> new PageMixture(phi, hostHuge).walks(simulation, local) / base, ratio), hostHuge);
    }

    /** Where a falling function takes a value, between 0 and 1. */
    private static double solve(DoubleUnaryOperator falling, double value) {
        return Bisection.boundary(x -> !(falling.applyAsDouble(x) > value), 0, 1, BISECTIONS);
    }
}
