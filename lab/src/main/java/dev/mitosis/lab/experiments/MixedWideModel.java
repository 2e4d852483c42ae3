package dev.mitosis.lab.experiments;

import dev.mitosis.halsim.MachineProfile;
import dev.mitosis.halsim.WorkloadTraits;
import dev.mitosis.lab.experiments.ThinModel.Cycles;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The models of a wide workload with base pages and with huge ones: one {@link WideModel} for each of its two baselines.
 *
 * <p>Huge pages serve a share of the walks, found from the walks of the huge-page baseline. Where memory is interleaved they serve all
 * they can: a first touch takes a huge page of its own node or none, while interleaving finds one on each node in turn.
 */
final class MixedWideModel {
    private final WideModel small;
    private final @Nullable WideModel huge;
    private final double hugeShare;

    /** Fits both baselines; without one for huge pages, theirs is predicted, and they serve all walks. */
    MixedWideModel(
            MachineProfile profile,
            WorkloadTraits traits,
            NodeReads smallReads,
            NodeReads hugeReads,
            Cycles base,
            @Nullable Cycles hugeBase) {
        small = new WideModel(profile, traits, smallReads, base);
        if (hugeBase == null) {
            huge = null;
            hugeShare = 1;
            return;
        }
        double wall = WideModel.wall(profile, hugeBase.runtime());
        double n = small.scale();
        hugeShare = WideModel.root(
                share -> hugeBase.walk()
                        - n
                                * NodeReads.mix(smallReads, hugeReads, share)
                                        .under(profile, n, wall)
                                        .walkCycles(),
                0,
                1);
        huge = new WideModel(profile, traits, NodeReads.mix(smallReads, hugeReads, hugeShare), hugeBase);
    }

    /** With base pages. */
    Cycles predict(NodeReads smallReads) {
        return small.predict(smallReads);
    }

    /** With huge pages where they are to be had. */
    Cycles predict(NodeReads smallReads, NodeReads hugeReads, boolean interleaves) {
        double share = interleaves ? 1 : hugeShare;
        return (huge == null ? small : huge).predict(NodeReads.mix(smallReads, hugeReads, share));
    }

    /** A sentence for people. */
    String parameters(String workload) {
        return String.format(
                Locale.ROOT,
                "%s: the fullest memory or link is %.0f %% busy with base pages, %.0f %% with huge pages; %.0f %% and %.0f %% of the time"
                        + " wait at the busiest memory; huge pages serve %.0f %% of the walks.",
                workload,
                100 * small.load(),
                100 * (huge == null ? small : huge).load(),
                100 * small.queueShare(),
                100 * (huge == null ? small : huge).queueShare(),
                100 * hugeShare);
    }
}
