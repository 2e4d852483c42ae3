package dev.mitosis.lab.score;

import dev.mitosis.lab.model.Cycles;
import dev.mitosis.lab.run.Configuration;
import org.jspecify.annotations.Nullable;

/**
 * The predictor to beat: for every workload the same sensitivity of walks and of data, those of GUPS and of a chase.
 *
 * <pre>
 *   walk = walk(baseline) ((1 - x) + x L / L local)        x = 0.60, GUPS' RP-LD
 *   rest = rest(baseline) ((1 - d) + d L / L local)        d = 0.85
 *   L / L local = 2.07 remote, 5.5 remote and busy
 * </pre>
 */
public final class ConstantPrior {
    private static final double WALK_SHARE = 0.60;
    private static final double DATA_SHARE = 0.85;
    private static final double REMOTE = 2.07;
    private static final double BUSY = 5.5;

    private ConstantPrior() {}

    /** The cycles of a configuration, from the local baselines; with huge pages from the local huge-page one alone. */
    public static Cycles predict(Configuration configuration, Cycles base, @Nullable Cycles hugeBase) {
        Cycles from = configuration.thp() && hugeBase != null ? hugeBase : base;
        boolean isMoved = configuration.hasMitosis();
        double tables =
                latency(configuration.hasRemoteTables() && !isMoved, configuration.contendsTables() && !isMoved);
        double data = latency(configuration.hasRemoteData(), configuration.contendsData());
        double walkShare =
                configuration.thp() && hugeBase != null ? WALK_SHARE * hugeBase.walk() / base.walk() : WALK_SHARE;
        double walk = from.walk() * (1 - walkShare + walkShare * tables);
        double rest = (from.runtime() - from.walk()) * (1 - DATA_SHARE + DATA_SHARE * data);
        return new Cycles(walk + rest, walk);
    }

    /**
     * The cycles of a run on all sockets: its walks read tables of all nodes alike, or with copies of their own; where data is changes
     * nothing.
     */
    public static Cycles predictWide(boolean hasCopies, int nodes, Cycles base, @Nullable Cycles hugeBase) {
        Cycles from = hugeBase == null ? base : hugeBase;
        double walkShare = hugeBase == null ? WALK_SHARE : WALK_SHARE * hugeBase.walk() / base.walk();
        double anywhere = (1 + (nodes - 1) * REMOTE) / nodes;
        double walk = hasCopies ? from.walk() / (1 - walkShare + walkShare * anywhere) : from.walk();
        return new Cycles(from.runtime() - from.walk() + walk, walk);
    }

    private static double latency(boolean isRemote, boolean isBusy) {
        return isBusy ? BUSY : isRemote ? REMOTE : 1;
    }
}
