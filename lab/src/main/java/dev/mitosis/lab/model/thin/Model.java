package dev.mitosis.lab.model.thin;

import dev.mitosis.halsim.cost.NodeLoads;
import dev.mitosis.lab.model.Bisection;
import dev.mitosis.lab.model.Cycles;
import dev.mitosis.lab.model.thin.Simulation.Pages;
import dev.mitosis.lab.run.Configuration;
import org.jspecify.annotations.Nullable;

/**
 * Predicts the cycles of a thin workload in any configuration, from its simulation and its baseline rows alone.
 *
 * <p>The fit, the same for all workloads:
 *
 * <pre>
 *   walks    what one simulated run stands for       published walks of LP-LD / simulated walks of LP-LD
 *   d : c    waiting for data, and the rest          as simulated, together what LP-LD has beside its walks
 *   pages    how huge pages back the memory          published walks of TLP-LD / those of LP-LD
 *   d(T)     waiting for data with huge pages        d, as far as huge pages change what the caches hold
 *   c(T)     the rest                                what is left of TLP-LD
 * </pre>
 *
 * <p>What a program asks of the memories makes them answer later, tables and data alike ({@link NodeLoads}).
 *
 * <p>Everything else is a ratio of simulated cycles: which reads of page tables and of data went to memory, and to which node.
 *
 * <p>Source: the forms are those of {@link CostModel}.
 */
public final class Model {
    private static final int ROUNDS = 30;
    /** Nothing published or thinkable is so much slower than its baseline. */
    private static final double SLOWEST = 100;

    private static final Configuration LOCAL = Configuration.parse("LP-LD");

    /** No row says which: the middle is off by the least at the most. */
    private static final double MIDDLE = 0.5;

    private final Simulation simulation;
    private final double exposure;
    private final WalkerSharing sharing;
    private final Fit small;
    private final @Nullable Fit huge;
    private final double allocatedWalks;

    /**
     * What a baseline comes to.
     *
     * @param walks what the simulated walks are multiplied with
     * @param data what the simulated waiting for data is multiplied with
     * @param rest cycles that are neither
     */
    private record Fit(PageShares pages, Cycles from, double walks, double data, double rest) {}

    public Model(Simulation simulation, Cycles base, @Nullable Cycles hugeBase) {
        this(simulation, base, hugeBase, MIDDLE);
    }

    /**
     * @param exposure of the time that the simulated operations do not explain, 0 when none of it waits for data and 1 when all of it does
     *     as they do
     */
    public Model(Simulation simulation, Cycles base, @Nullable Cycles hugeBase, double exposure) {
        this.simulation = simulation;
        this.exposure = exposure;
        sharing = new WalkerSharing(simulation.profile().walkers(), simulation.threadsOfCore());
        NodeLoads idle = NodeLoads.none(simulation.profile());
        double walks = simulation.walkCycles(LOCAL, Pages.BASE, idle);
        allocatedWalks = simulation.walkCycles(LOCAL, Pages.ALLOCATED, idle) / walks;
        small = fit(PageShares.BASE, base, Double.MAX_VALUE);
        huge = hugeBase == null
                ? null
                : fit(
                        PageShares.of(
                                hugeBase.walk() / base.walk(),
                                allocatedWalks,
                                simulation.walkCycles(LOCAL, Pages.WHOLE, idle) / walks),
                        hugeBase,
                        small.data);
    }

    /** The walk cycles that huge pages leave of the local ones, where only the workload's way to allocate decides. */
    public double allocatedWalkShare() {
        return allocatedWalks;
    }

    /** How huge pages back the workload's memory under THP. */
    public PageShares pages() {
        return huge == null ? PageShares.BASE : huge.pages;
    }

    /** The share of LP-LD's walk cycles that are reads of leaf tables in memory: what a placement can change. */
    public double movableShare() {
        NodeLoads idle = NodeLoads.none(simulation.profile());
        double remote = simulation.walkCycles(Configuration.parse("RP-LD"), Pages.BASE, idle);
        double local = simulation.walkCycles(LOCAL, Pages.BASE, idle);
        return (remote / local - 1) / (simulation.remoteRatio() - 1);
    }

    /** The share of LP-LD's cycles that wait for data. */
    public double dataShare() {
        NodeLoads loads = loads(small, LOCAL, small.from.runtime());
        return small.data * simulation.dataCycles(LOCAL, Pages.BASE, loads) / small.from.runtime();
    }

    /** The baseline sets the multipliers, and they the load under which it ran: a fixed point, which a few rounds reach. */
    private Fit fit(PageShares pages, Cycles from, double mostData) {
        double compute = pages.sum(simulation::computeCycles);
        double beside = sharing.beside(from.runtime(), from.walk());
        Fit fit = new Fit(pages, from, 1, 1, 0);
        for (int round = 0; round < ROUNDS; round++) {
            NodeLoads loads = loads(fit, LOCAL, from.runtime());
            double waiting = dataCycles(fit, LOCAL, loads);
            double walks = from.walk() / walkCycles(fit, LOCAL, loads);
            // All that the operations do not explain is waiting, as they wait; or none of it is.
            double most = Math.min(mostData, beside / (compute + waiting));
            double least = Math.min(walks, most);
            double data = least + exposure * (most - least);
            fit = new Fit(pages, from, walks, data, beside - data * waiting);
        }
        return fit;
    }

    /**
     * Cycles of a configuration. The time that the program takes sets how busy it keeps its memory, and that sets how long it takes: the
     * one time for which both agree.
     */
    public Cycles predict(Configuration configuration) {
        Fit fit = configuration.thp() && huge != null ? huge : small;
        double base = fit.from.runtime();
        double runtime = Bisection.root(
                time -> time - total(fit, configuration, time).runtime(), base / SLOWEST, base * SLOWEST);
        return total(fit, configuration, runtime);
    }

    /** The cycles it takes when the loads are those of a run of so many. */
    private Cycles total(Fit fit, Configuration configuration, double runtime) {
        NodeLoads loads = loads(fit, configuration, runtime);
        double walk = fit.walks * walkCycles(fit, configuration, loads);
        double data = fit.data * dataCycles(fit, configuration, loads);
        return new Cycles(sharing.runtime(fit.rest + data, walk), walk);
    }

    private double walkCycles(Fit fit, Configuration configuration, NodeLoads loads) {
        return fit.pages.sum(pages -> simulation.walkCycles(configuration, pages, loads));
    }

    private double dataCycles(Fit fit, Configuration configuration, NodeLoads loads) {
        return fit.pages.sum(pages -> simulation.dataCycles(configuration, pages, loads));
    }

    private NodeLoads loads(Fit fit, Configuration configuration, double runtime) {
        double wallCycles = runtime / simulation.threads();
        NodeLoads loads = NodeLoads.none(simulation.profile(), Simulation.contendedNodes(configuration));
        for (int node = 0; node < simulation.profile().nodes(); node++) {
            int of = node;
            double data = fit.pages.sum(pages -> simulation.dataLines(configuration, pages, of));
            double tables = fit.pages.sum(pages -> simulation.tableLines(configuration, pages, of));
            loads.add(0, node, fit.walks * (data + tables) / wallCycles);
        }
        return loads;
    }
}
