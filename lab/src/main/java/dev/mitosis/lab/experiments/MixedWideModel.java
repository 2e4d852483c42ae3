package dev.mitosis.lab.experiments;

import dev.mitosis.halsim.MachineProfile;
import dev.mitosis.halsim.WorkloadTraits;
import dev.mitosis.lab.experiments.ThinModel.Cycles;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The models of a wide workload with base pages and with huge ones, fitted to its two baselines.
 *
 * <pre>
 *   scale         what a simulated run stands for      walks of F
 *   compute       neither walk nor data                run time of F;  the instructions, where memory is what is waited for
 *   data line     what the busiest memory takes        run time of F,  where memory is what is waited for
 *   huge share    of the walks                         walks of TF
 *   compute or data line with huge pages               run time of TF
 * </pre>
 *
 * <p>Memory is what is waited for when huge pages help less than the walks that they save: the run with huge pages takes longer than computation
 * and latencies explain, by more than runs of one configuration differ; or when what was read in that time is more than a memory can give.
 *
 * <p>Huge pages serve a share of the walks. Where memory is interleaved they serve all they can, unless a first touch may take them from
 * other nodes too: it takes a huge page of its own node or none, while interleaving finds one on each node in turn.
 */
final class MixedWideModel {
    /** Twice the median by which repeats of a run differ. Source: the published runs of Mitosis and vMitosis, 1.4 %. */
    private static final double REPEATS_DIFFER = 0.03;

    /** What a fit may miss. */
    private static final double EXACT = 0.001;

    private final WideModel small;
    private final @Nullable WideModel huge;
    private final NodeReads smallReads;
    private final NodeReads hugeReads;
    private final double hugeShare;
    private final boolean isBusy;

    /** Fits both baselines; without one for huge pages, theirs is predicted, and they serve all walks. */
    MixedWideModel(
            MachineProfile profile,
            WorkloadTraits traits,
            NodeReads smallReads,
            NodeReads hugeReads,
            Cycles base,
            @Nullable Cycles hugeBase) {
        this.smallReads = smallReads;
        this.hugeReads = hugeReads;
        WideModel start = WideModel.of(profile, traits, base.walk() / smallReads.walkCycles(profile));
        WideModel open = computing(start, smallReads, base);
        if (hugeBase == null) {
            small = open;
            huge = null;
            hugeShare = 1;
            isBusy = false;
            return;
        }
        double explained = open.predict(mixed(shareOf(open, hugeBase))).runtime();
        isBusy = explained * (1 + REPEATS_DIFFER) < hugeBase.runtime() || open.leastDemand(smallReads) > base.runtime();
        small = isBusy ? queueing(open, smallReads, base) : open;
        hugeShare = shareOf(small, hugeBase);
        NodeReads reads = mixed(hugeShare);
        // What huge pages cannot save, they take less for than the fixed part of a walk.
        double walk = small.predict(reads).walk();
        WideModel walking = walk == 0 ? small : small.withWalkScale(Math.min(1, hugeBase.walk() / walk));
        huge = isBusy ? feeding(walking, reads, hugeBase) : computing(walking, reads, hugeBase);
    }

    private NodeReads mixed(double share) {
        return NodeReads.mix(smallReads, hugeReads, share);
    }

    /** The share of walks that huge pages serve. */
    private double shareOf(WideModel model, Cycles hugeBase) {
        return WideModel.root(
                share -> hugeBase.walk() - model.predict(mixed(share)).walk(), 0, 1);
    }

    /** What the run time leaves is computation; when there is less of it than instructions take, data overlaps. */
    private static WideModel computing(WideModel model, NodeReads reads, Cycles base) {
        WideModel least = model.withCompute(model.instructionCycles(reads));
        if (least.predict(reads).runtime() <= base.runtime()) {
            double compute = WideModel.root(
                    cycles -> model.withCompute(cycles).predict(reads).runtime() - base.runtime(), 0, base.runtime());
            return model.withCompute(compute);
        }
        double share =
                WideModel.root(some -> least.withDataShare(some).predict(reads).runtime() - base.runtime(), 0, 1);
        return least.withDataShare(share);
    }

    /** What the run time leaves is waiting at the busiest memory, also of walks. */
    private static WideModel queueing(WideModel open, NodeReads reads, Cycles base) {
        WideModel latent = walking(open.withDataShare(1), reads, base);
        // Where latencies leave too little time to wait as long for walks as was measured, those of data overlap.
        return explains(latent, reads, base) ? latent : walking(open.withDataShare(0), reads, base);
    }

    private static boolean explains(WideModel model, NodeReads reads, Cycles base) {
        Cycles cycles = model.predict(reads);
        return cycles.runtime() <= base.runtime() * (1 + EXACT) && cycles.walk() >= base.walk() * (1 - EXACT);
    }

    /** Of as much work as walks as long as the row does. */
    private static WideModel walking(WideModel idle, NodeReads reads, Cycles base) {
        // More work walks more, until it leaves less time to wait at the memory than its walks take.
        double most = WideModel.peak(
                some -> instructed(idle, some, reads, base).predict(reads).walk(), 0, idle.scale());
        double scale = WideModel.root(
                some -> instructed(idle, some, reads, base).predict(reads).walk() - base.walk(), 0, most);
        return instructed(idle, scale, reads, base);
    }

    private static WideModel instructed(WideModel idle, double scale, NodeReads reads, Cycles base) {
        WideModel scaled = idle.withScale(scale);
        return feeding(scaled.withCompute(scaled.instructionCycles(reads)), reads, base);
    }

    /** With as many cycles of the busiest memory for a line of data as the run time needs. */
    private static WideModel feeding(WideModel model, NodeReads reads, Cycles base) {
        double most = 2 * base.runtime() / Math.max(1, reads.busiest().data());
        double line = WideModel.root(
                cycles -> model.withDataLine(cycles).predict(reads).runtime() - base.runtime(), 0, most);
        return model.withDataLine(line);
    }

    /** With base pages. */
    Cycles predict(NodeReads reads) {
        return small.predict(reads);
    }

    /** With huge pages where they are to be had: of a run with base pages, and one with as many huge ones as there can be. */
    Cycles predict(NodeReads base, NodeReads most) {
        return predict(base, most, hugeShare);
    }

    /** The same where huge pages serve all the walks they can. */
    Cycles predictServed(NodeReads base, NodeReads most) {
        return predict(base, most, 1);
    }

    private Cycles predict(NodeReads base, NodeReads most, double share) {
        return model().predict(NodeReads.mix(base, most, share));
    }

    private WideModel model() {
        return huge == null ? small : huge;
    }

    /** A sentence for people. */
    String parameters(String workload) {
        return String.format(
                Locale.ROOT,
                "%s: %s; the busiest memory is asked for %.0f %% of the time with base pages and %.0f %% with huge pages; huge pages serve"
                        + " %.0f %% of the walks.",
                workload,
                isBusy ? "waits for memory" : "waits for latencies",
                100 * small.load(smallReads),
                100 * model().load(mixed(huge == null ? 1 : hugeShare)),
                100 * hugeShare);
    }
}
