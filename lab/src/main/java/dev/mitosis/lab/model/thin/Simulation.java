package dev.mitosis.lab.model.thin;

import dev.mitosis.halsim.cost.CostModel;
import dev.mitosis.halsim.cost.NodeLoads;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.run.Configuration;
import dev.mitosis.lab.run.SyntheticRun;
import dev.mitosis.replication.policy.FirstTouch;
import dev.mitosis.workloads.synthetic.MemoryArea;
import dev.mitosis.workloads.synthetic.Workload;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * The counts of one thin workload under each placement of tables and data, for each kind of pages.
 *
 * <p>A busy node changes latencies and no counts, and tables that have been moved back are local tables: so four placements and two or
 * three kinds of pages are all that must be simulated.
 */
public final class Simulation {
    /** How the workload's memory is backed. */
    public enum Pages {
        /** Base pages everywhere. */
        BASE,
        /** Huge pages where the workload's way to allocate leaves room for them. */
        ALLOCATED,
        /** Huge pages everywhere, also where memory grew in small pieces. */
        WHOLE
    }

    /** So many that every line of the last-level cache has been replaced a few times. */
    private static final long WARM_UP_ACCESSES = 3_000_000;

    private static final String[] PLACEMENTS = {"LP-LD", "LP-RD", "RP-LD", "RP-RD"};

    private final MachineProfile profile;
    private final Workload workload;
    private final List<Pages> simulated = new ArrayList<>();
    /** By placement. */
    private final Map<Pages, Pmu[]> counts = new EnumMap<>(Pages.class);

    private final Map<Pages, Stalls[]> stalls = new EnumMap<>(Pages.class);

    public Simulation(MachineProfile profile, Workload workload) {
        this.profile = profile;
        this.workload = workload;
        simulated.add(Pages.BASE);
        simulated.add(Pages.WHOLE);
        if (workload.areas().stream().anyMatch(MemoryArea::isGrown)) {
            simulated.add(Pages.ALLOCATED);
        }
        simulated.forEach(pages -> {
            counts.put(pages, new Pmu[PLACEMENTS.length]);
            stalls.put(pages, new Stalls[PLACEMENTS.length]);
        });
    }

    /** One of the simulations, 0 to {@link #parts} - 1. */
    public void run(int part, long accesses, long seed) {
        Pages pages = simulated.get(part / PLACEMENTS.length);
        int placement = part % PLACEMENTS.length;
        String name = (pages == Pages.BASE ? "" : "T") + PLACEMENTS[placement];
        SyntheticRun run = new SyntheticRun(profile, workload, Configuration.parse(name), new FirstTouch(), seed);
        of(pages)[placement] = (pages == Pages.WHOLE ? run.mappedWhole() : run)
                .run(accesses, WARM_UP_ACCESSES, done -> {})
                .counts();
        Objects.requireNonNull(stalls.get(pages))[placement] = new Stalls(profile, run.samples(), threadsOfCore());
    }

    public int parts() {
        return simulated.size() * PLACEMENTS.length;
    }

    /** Cycles of walks in a configuration under the program's own load. */
    public double walkCycles(Configuration configuration, Pages pages, NodeLoads loads) {
        return costs(configuration, loads).walkCycles(0, counts(configuration, pages));
    }

    /** What the threads wait for data, as the core hides it. */
    public double dataCycles(Configuration configuration, Pages pages, NodeLoads loads) {
        double latency = costs(configuration, loads).latencyCycles(0, Pmu.MEMORY + configuration.dataNode());
        return counts(configuration, pages).entries * stallsOf(pages)[placement(configuration)].waiting(latency);
    }

    /** Cycles of the instructions, were every access a hit. */
    public double computeCycles(Pages pages) {
        return of(pages)[0].entries * stallsOf(pages)[0].computing();
    }

    /** Threads that a core runs side by side, of those that share its walkers. */
    public int threadsOfCore() {
        return Math.min(workload.threadsOfCore(), profile.threadsPerCore());
    }

    /** Lines of data that a node's memory is asked for. */
    public double dataLines(Configuration configuration, Pages pages, int node) {
        return counts(configuration, pages).dataReads(Pmu.MEMORY + node);
    }

    /** Lines of page tables that a node's memory is asked for. */
    public double tableLines(Configuration configuration, Pages pages, int node) {
        return counts(configuration, pages).memoryReads(node) - dataLines(configuration, pages, node);
    }

    public MachineProfile profile() {
        return profile;
    }

    public int threads() {
        return workload.threads(profile.coresPerNode()) * threadsOfCore();
    }

    /** How much longer another node's memory takes to answer. */
    public double remoteRatio() {
        return (double) profile.memoryRemoteCycles() / profile.memoryLocalCycles();
    }

    private CostModel costs(Configuration configuration, NodeLoads loads) {
        return new CostModel(profile, contendedNodes(configuration), loads);
    }

    /** The nodes that a neighbour keeps busy while the program needs them. */
    public static long contendedNodes(Configuration configuration) {
        long tables =
                configuration.contendsTables() && !configuration.hasMitosis() ? 1L << configuration.tableNode() : 0;
        return tables | (configuration.contendsData() ? 1L << configuration.dataNode() : 0);
    }

    /** Where nothing grows, all that is allocated has huge pages. */
    private Pmu[] of(Pages pages) {
        return Objects.requireNonNull(counts.get(simulated.contains(pages) ? pages : Pages.WHOLE));
    }

    private Stalls[] stallsOf(Pages pages) {
        return Objects.requireNonNull(stalls.get(simulated.contains(pages) ? pages : Pages.WHOLE));
    }

    private Pmu counts(Configuration configuration, Pages pages) {
        return of(pages)[placement(configuration)];
    }

    private static int placement(Configuration configuration) {
        boolean hasRemoteTables = configuration.hasRemoteTables() && !configuration.hasMitosis();
        return (hasRemoteTables ? 2 : 0) + (configuration.hasRemoteData() ? 1 : 0);
    }
}
