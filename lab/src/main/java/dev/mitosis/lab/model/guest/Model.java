package dev.mitosis.lab.model.guest;

import dev.mitosis.lab.model.MeasuredRun;
import dev.mitosis.lab.model.WalkerQueue;
import dev.mitosis.lab.run.GuestConfiguration;
import dev.mitosis.lab.run.GuestPages;
import java.util.Map;
import java.util.OptionalDouble;

/**
 * Predicts the run time of a thin workload in a guest from its simulation and its local rows alone.
 *
 * <pre>
 *   T(c) = T(local) (1 + s (P(c) / P(local) - 1))
 *
 *   P    simulated cycles of walks in both tables, in the mixture of pages of the local row ({@link PageMixture})
 *   s    the sensitivity: what walks twice as long add to the run time
 *        with counters     e w: w pending cycles over cycles, e what of a pending cycle the program waits for: half of it 1 for a
 *                          chase and 1 / walkers for independent accesses, half of it what the rows L and LL show,
 *                          (T(LL) - T(L)) / (P(LL) - P(L))
 *        without           the mean of the simulated share of walks, and of the least that explains the local huge-page row
 * </pre>
 *
 * <p>What the code waits for of a pending cycle is that of a queue with the machine's walkers as servers ({@link WalkerQueue}).
 */
public final class Model {
    private static final GuestConfiguration LL = GuestConfiguration.parse("LL");
    private static final GuestConfiguration TLL = GuestConfiguration.parse("TLL");
    private static final GuestConfiguration ALONE = GuestConfiguration.parse("L");

    private final Simulation simulation;
    private final Map<String, MeasuredRun> published;

    /** A run time, and the part of it that the program waits for walks. */
    public record Prediction(double seconds, double walkSeconds) {}

    public Model(Simulation simulation, Map<String, MeasuredRun> published) {
        this.simulation = simulation;
        this.published = published;
    }

    /** What of a pending cycle the program waits for. */
    public double exposure() {
        MeasuredRun guest = published.get(MeasuredRun.GUEST);
        double share = guest != null && guest.hasCounters() ? guest.pending() / guest.cycles() : 1;
        double code = simulation.exposure(share);
        OptionalDouble seen = MeasuredRun.exposureSeen(published, MeasuredRun.ALONE, MeasuredRun.GUEST);
        return seen.isEmpty()
                ? code
                : (code + Math.max(simulation.leastExposure(), Math.min(1, seen.getAsDouble()))) / 2;
    }

    /** Whether the rows that a configuration is predicted from are there. */
    public boolean canPredict(GuestConfiguration configuration) {
        return published.containsKey(configuration.local().name())
                || !configuration.isNative() && published.containsKey(MeasuredRun.GUEST);
    }

    /** {@link #canPredict} must hold. */
    public Prediction predict(GuestConfiguration configuration) {
        GuestConfiguration local = configuration.local();
        MeasuredRun known = published.get(local.name());
        if (known != null) {
            PageMixture pages = mixture(local);
            double ratio = pages.walks(simulation, configuration) / pages.walks(simulation, local);
            return scaled(known.seconds(), sensitivity(local), ratio);
        }
        MeasuredRun base = published.get(MeasuredRun.GUEST);
        if (base == null) {
            throw new IllegalStateException(configuration.name() + " has no local row");
        }
        // No huge-page row of its own: huge pages serve all they can.
        double ratio = PageMixture.expected(local).walks(simulation, configuration) / walks(LL);
        return scaled(base.seconds(), sensitivity(LL), ratio);
    }

    private static Prediction scaled(double seconds, double sensitivity, double ratio) {
        double all = seconds * (1 + sensitivity * (ratio - 1));
        return new Prediction(all, Math.min(all, seconds * sensitivity * ratio));
    }

    /** What walks twice as long would add to the run time of a local row. */
    public double sensitivity(GuestConfiguration local) {
        MeasuredRun known = published.get(local.name());
        if (known != null && known.hasCounters()) {
            return exposure() * known.pending() / known.cycles();
        }
        MeasuredRun small = published.get(from(local).name());
        if (!local.thp() || known == null || small == null) {
            return simulated(from(local));
        }
        // The walks of the row with base pages, as many times shorter as the mixture says, in the time of this row.
        double ratio = mixture(local).walks(simulation, local) / walks(from(local));
        return sensitivity(from(local)) * ratio * small.seconds() / known.seconds();
    }

    private double simulated(GuestConfiguration local) {
        double walkShare = simulation.walkShare(local, GuestPages.BASE);
        double share = simulation.exposure(walkShare) * walkShare;
        MeasuredRun small = published.get(MeasuredRun.GUEST);
        MeasuredRun huge = published.get("TLL");
        if (local.isNative() || small == null || huge == null) {
            return share;
        }
        double walks = PageMixture.expected(TLL).walks(simulation, TLL) / walks(LL);
        double least = (1 - huge.seconds() / small.seconds()) / (1 - walks);
        return (share + Math.max(0, Math.min(1, least))) / 2;
    }

    /** The pages of a local row. */
    public PageMixture mixture(GuestConfiguration local) {
        if (!local.thp()) {
            return PageMixture.BASE;
        }
        GuestConfiguration from = from(local);
        MeasuredRun small = published.get(from.name());
        MeasuredRun known = published.get(local.name());
        if (small == null || known == null) {
            return PageMixture.expected(local);
        }
        if (small.hasCounters() && known.hasCounters()) {
            return PageMixture.fromCounters(simulation, local, known, from, small);
        }
        double ratio = 1 + (known.seconds() / small.seconds() - 1) / sensitivity(from);
        return PageMixture.fromWalks(simulation, local, from, ratio);
    }

    private static GuestConfiguration from(GuestConfiguration local) {
        return local.isNative() ? ALONE : LL;
    }

    private double walks(GuestConfiguration configuration) {
        return simulation.walkCycles(configuration, GuestPages.BASE);
    }
}
