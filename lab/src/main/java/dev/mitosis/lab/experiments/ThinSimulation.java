package dev.mitosis.lab.experiments;

import dev.mitosis.halsim.CostModel;
import dev.mitosis.halsim.MachineProfile;
import dev.mitosis.halsim.Pmu;
import dev.mitosis.halsim.WorkloadTraits;
import dev.mitosis.lab.run.Configuration;
import dev.mitosis.lab.run.SyntheticRun;
import dev.mitosis.replication.policy.FirstTouch;
import dev.mitosis.workloads.synthetic.Workload;

/**
 * The counts of one thin workload under each placement of tables and data, for base pages and for huge ones.
 *
 * <p>A busy node changes latencies and no counts, and tables that have been moved back are local tables: so four placements and two
 * page sizes are all that must be simulated.
 */
final class ThinSimulation {
    /** So many that every line of the last-level cache has been replaced a few times. */
    private static final long WARM_UP_ACCESSES = 3_000_000;

    private static final String[] PLACEMENTS = {"LP-LD", "LP-RD", "RP-LD", "RP-RD"};

    private final MachineProfile profile;
    private final Workload workload;
    /** {@code [huge ? 1 : 0][placement]}. */
    private final Pmu[][] counts = new Pmu[2][PLACEMENTS.length];

    ThinSimulation(MachineProfile profile, Workload workload) {
        this.profile = profile;
        this.workload = workload;
    }

    /** One of the simulations, 0 to {@link #parts} - 1. */
    void run(int part, long accesses, long seed) {
        int huge = part / PLACEMENTS.length;
        int placement = part % PLACEMENTS.length;
        Configuration configuration = Configuration.parse((huge == 1 ? "T" : "") + PLACEMENTS[placement]);
        counts[huge][placement] = new SyntheticRun(profile, workload, configuration, new FirstTouch(), seed)
                .run(accesses, WARM_UP_ACCESSES, done -> {})
                .counts();
    }

    static int parts() {
        return 2 * PLACEMENTS.length;
    }

    Workload workload() {
        return workload;
    }

    /** Cycles of walks in a configuration, with huge pages wherever an area covers one, or nowhere. */
    double walkCycles(Configuration configuration, boolean isHuge) {
        return costs(configuration).walkCycles(0, counts(configuration, isHuge));
    }

    /** Latency of the data accesses beyond the first-level cache, over those that the code lets overlap. */
    double dataCycles(Configuration configuration, boolean isHuge) {
        return costs(configuration).dataStallCycles(0, counts(configuration, isHuge)) / traits().memoryParallelism();
    }

    /** Cycles of all threads that the bytes of the data would fill the way to memory. */
    double loadCycles(Configuration configuration, boolean isHuge) {
        int threads = workload.threads(profile.coresPerNode());
        return new CostModel(profile, 0).transferCycles(0, counts(configuration, isHuge), threads);
    }

    /** The share of a busy node's time that others take: what its factor comes from. */
    double othersLoad() {
        return 1 - 1 / profile.contentionFactor();
    }

    /** How much longer another node's memory takes to answer. */
    double remoteRatio() {
        return (double) profile.memoryRemoteCycles() / profile.memoryLocalCycles();
    }

    WorkloadTraits traits() {
        return new WorkloadTraits(workload.baseCpi(), workload.memoryParallelism(), workload.overlapsWalks());
    }

    private CostModel costs(Configuration configuration) {
        return new CostModel(profile, configuration.hasMitosis() ? 0 : configuration.contendedNodes());
    }

    private Pmu counts(Configuration configuration, boolean isHuge) {
        boolean hasRemoteTables = configuration.hasRemoteTables() && !configuration.hasMitosis();
        int placement = (hasRemoteTables ? 2 : 0) + (configuration.hasRemoteData() ? 1 : 0);
        return counts[isHuge ? 1 : 0][placement];
    }
}
