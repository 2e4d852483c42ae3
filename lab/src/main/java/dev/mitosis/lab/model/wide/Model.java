package dev.mitosis.lab.model.wide;

import dev.mitosis.halsim.cost.WorkloadTraits;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.model.Bisection;
import dev.mitosis.lab.model.Cycles;
import dev.mitosis.lab.model.NodeReads;
import dev.mitosis.lab.model.QueueingModel;
import java.util.Locale;
import java.util.function.DoubleFunction;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The models of a wide workload with base pages and with huge ones, fitted to its two baselines.
 *
 * <pre>
 *   scale         what a simulated run stands for      walks of F
 *   compute       neither walk nor data                run time of F;  the instructions, where memory is what is waited for
 *   data line     what the busiest memory takes        run time of F,  where memory is what is waited for
 *                                                      run time of TF, where that is between both
 *   huge share    of the walks                         walks of TF
 *   compute or data line with huge pages               run time of TF
 * </pre>
 *
 * <p>Memory is what is waited for when huge pages help less than the walks that they save: the run with huge pages takes longer than computation
 * and latencies explain, by more than runs of one configuration differ; or when what was read in that time is more than a memory can give.
 * It is in part what is waited for when the run with huge pages would then take longer than it does.
 *
 * <p>Huge pages serve a share of the walks. Where memory is interleaved they serve all they can, unless a first touch may take them from
 * other nodes too: it takes a huge page of its own node or none, while interleaving finds one on each node in turn.
 */
public final class Model {
    /** Twice the median by which repeats of a run differ. Source: the published runs of Mitosis and vMitosis, 1.4 %. */
    private static final double REPEATS_DIFFER = 0.03;

    /** What a fit may miss by its arithmetic. */
    private static final double EXACT = 0.001;

    private final QueueingModel small;
    private final @Nullable QueueingModel huge;
    private final NodeReads smallReads;
    private final NodeReads hugeReads;
    private final double hugeShare;
    private final boolean isBusy;
    private final boolean isPart;

    /** Fits both baselines; without one for huge pages, theirs is predicted, and they serve all walks. */
    public Model(
            MachineProfile profile,
            WorkloadTraits traits,
            NodeReads smallReads,
            NodeReads hugeReads,
            Cycles base,
            @Nullable Cycles hugeBase) {
        this.smallReads = smallReads;
        this.hugeReads = hugeReads;
        QueueingModel start = QueueingModel.of(profile, traits, base.walk() / smallReads.walkCycles(profile));
        QueueingModel open = computing(start, smallReads, base);
        if (hugeBase == null) {
            small = open;
            huge = null;
            hugeShare = 1;
            isBusy = false;
            isPart = false;
            return;
        }
        boolean isSlower = withHuge(open, hugeBase) * (1 + REPEATS_DIFFER) < hugeBase.runtime();
        isBusy = isSlower || open.leastDemand(smallReads) > base.runtime();
        QueueingModel full = isBusy ? queueing(open, smallReads, base) : open;
        isPart = isBusy && withHuge(full, hugeBase) > hugeBase.runtime() * (1 + REPEATS_DIFFER);
        small = isPart ? queueingInPart(start, full, base, hugeBase) : full;
        hugeShare = shareOf(small, hugeBase);
        NodeReads reads = mixed(hugeShare);
        // What huge pages cannot save, they take less for than the fixed part of a walk.
        double walk = small.predict(reads).walk();
        QueueingModel walking = walk == 0 ? small : small.withWalkScale(Math.min(1, hugeBase.walk() / walk));
        huge = isBusy && !isPart ? feeding(walking, reads, hugeBase) : computing(walking, reads, hugeBase);
    }

    /** What a model of the run with base pages says of the one with huge pages: its run time. */
    private double withHuge(QueueingModel model, Cycles hugeBase) {
        return model.predict(mixed(shareOf(model, hugeBase))).runtime();
    }

    /** What the run time leaves is in part waiting at the busiest memory and in part computation, so that both rows are explained. */
    private QueueingModel queueingInPart(QueueingModel start, QueueingModel full, Cycles base, Cycles hugeBase) {
        double most = full.dataLineCycles() / full.scale();
        double line = Bisection.root(
                some -> withHuge(asking(start, some, smallReads, base), hugeBase) - hugeBase.runtime(), 0, most);
        return asking(start, line, smallReads, base);
    }

    /** With so many cycles of the busiest memory for a line of data; what that leaves of the run time is computation. */
    private static QueueingModel asking(QueueingModel start, double lineCycles, NodeReads reads, Cycles base) {
        return walking(
                start, reads, base, idle -> computing(idle.withDataLine(lineCycles * idle.scale()), reads, base));
    }

    private NodeReads mixed(double share) {
        return NodeReads.mix(smallReads, hugeReads, share);
    }

    /** The share of walks that huge pages serve. */
    private double shareOf(QueueingModel model, Cycles hugeBase) {
        return Bisection.root(
                share -> hugeBase.walk() - model.predict(mixed(share)).walk(), 0, 1);
    }

    /** What the run time leaves is computation; when there is less of it than instructions take, data overlaps. */
    private static QueueingModel computing(QueueingModel model, NodeReads reads, Cycles base) {
        QueueingModel least = model.withCompute(model.instructionCycles(reads));
        if (least.predict(reads).runtime() <= base.runtime()) {
            double compute = Bisection.root(
                    cycles -> model.withCompute(cycles).predict(reads).runtime() - base.runtime(), 0, base.runtime());
            return model.withCompute(compute);
        }
        double share =
                Bisection.root(some -> least.withDataShare(some).predict(reads).runtime() - base.runtime(), 0, 1);
        return least.withDataShare(share);
    }

    /** What the run time leaves is waiting at the busiest memory, also of walks. */
    private static QueueingModel queueing(QueueingModel open, NodeReads reads, Cycles base) {
        // More work that waits less looks nearly alike: the least whose walks agree to within what repeats differ by.
        Cycles least = new Cycles(base.runtime(), base.walk() * (1 - REPEATS_DIFFER));
        QueueingModel latent = instructed(open.withDataShare(1), reads, least);
        // Where latencies leave too little time to wait as long for walks as was measured, those of data overlap.
        return explains(latent, reads, least) ? latent : instructed(open.withDataShare(0), reads, least);
    }

    private static boolean explains(QueueingModel model, NodeReads reads, Cycles base) {
        Cycles cycles = model.predict(reads);
        return cycles.runtime() <= base.runtime() * (1 + EXACT) && cycles.walk() >= base.walk() * (1 - EXACT);
    }

    private static QueueingModel instructed(QueueingModel open, NodeReads reads, Cycles base) {
        return walking(
                open, reads, base, idle -> feeding(idle.withCompute(idle.instructionCycles(reads)), reads, base));
    }

    /** Of as much work as walks as long as the row does, if its run time is spent so. */
    private static QueueingModel walking(
            QueueingModel idle, NodeReads reads, Cycles base, UnaryOperator<QueueingModel> spending) {
        DoubleFunction<QueueingModel> ofScale = scale -> spending.apply(idle.withScale(scale));
        // More work walks more, until it leaves less time to wait at the memory than its walks take.
        double most = Bisection.peak(some -> ofScale.apply(some).predict(reads).walk(), 0, idle.scale());
        return ofScale.apply(
                Bisection.root(some -> ofScale.apply(some).predict(reads).walk() - base.walk(), 0, most));
    }

    /** With as many cycles of the busiest memory for a line of data as the run time needs. */
    private static QueueingModel feeding(QueueingModel model, NodeReads reads, Cycles base) {
        double most = 2 * base.runtime() / Math.max(1, reads.busiest().data());
        double line = Bisection.root(
                cycles -> model.withDataLine(cycles).predict(reads).runtime() - base.runtime(), 0, most);
        return model.withDataLine(line);
    }

    /** With base pages. */
    public Cycles predict(NodeReads reads) {
        return small.predict(reads);
    }

    /** With huge pages where they are to be had: of a run with base pages, and one with as many huge ones as there can be. */
    public Cycles predict(NodeReads base, NodeReads most) {
        return predict(base, most, hugeShare);
    }

    /** The same where huge pages serve all the walks they can. */
    public Cycles predictServed(NodeReads base, NodeReads most) {
        return predict(base, most, 1);
    }

    private Cycles predict(NodeReads base, NodeReads most, double share) {
        return model().predict(NodeReads.mix(base, most, share));
    }

    private QueueingModel model() {
        return huge == null ? small : huge;
    }

    /** A sentence for people. */
    public String parameters(String workload) {
        return String.format(
                Locale.ROOT,
                "%s: %s; the busiest memory is asked for %.0f %% of the time with base pages and %.0f %% with huge pages; huge pages serve"
                        + " %.0f %% of the walks.",
                workload,
                isBusy ? "waits for memory" + (isPart ? " in part" : "") : "waits for latencies",
                100 * small.load(smallReads),
                100 * model().load(mixed(huge == null ? 1 : hugeShare)),
                100 * hugeShare);
    }
}
