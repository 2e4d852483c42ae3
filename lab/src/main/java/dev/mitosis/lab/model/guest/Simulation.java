package dev.mitosis.lab.model.guest;

import dev.mitosis.halsim.cost.CostModel;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.cost.WorkloadTraits;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.model.WalkerQueue;
import dev.mitosis.lab.run.Configuration;
import dev.mitosis.lab.run.GuestConfiguration;
import dev.mitosis.lab.run.GuestPages;
import dev.mitosis.lab.run.GuestRun;
import dev.mitosis.lab.run.SyntheticRun;
import dev.mitosis.replication.policy.FirstTouch;
import dev.mitosis.workloads.synthetic.Workload;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * The counts of one thin workload under each placement of a guest's two trees, and of the one tree without a guest.
 *
 * <p>A busy node changes latencies and no counts, and trees that have been moved back are local ones: so four placements in three
 * kinds of pages, and two in two without a guest, are all that must be simulated.
 */
public final class Simulation {
    /** So many that every line of the last-level cache has been replaced a few times. */
    private static final long WARM_UP_ACCESSES = 3_000_000;

    private static final int PLACEMENTS = 4;
    private static final List<GuestPages> PAGES = List.of(GuestPages.values());
    private static final String[] NATIVE = {"LP-LD", "RP-LD", "TLP-LD", "TRP-LD"};
    private static final long REMOTE_NODE = 1L << 1;

    private final MachineProfile profile;
    private final Workload workload;
    /** {@code [guest's table remote ? 2 : 0 + extended table remote ? 1 : 0]}. */
    private final Map<GuestPages, Pmu[]> guest = new EnumMap<>(GuestPages.class);

    /** Of the local run without a guest. */
    private @Nullable WorkloadTraits traits;

    private final Pmu[] alone = new Pmu[NATIVE.length];

    public Simulation(MachineProfile profile, Workload workload) {
        this.profile = profile;
        this.workload = workload;
        for (GuestPages pages : PAGES) {
            guest.put(pages, new Pmu[PLACEMENTS]);
        }
    }

    public static int parts() {
        return PAGES.size() + NATIVE.length;
    }

    /** One of the simulations, 0 to {@link #parts} - 1. */
    public void run(int part, long accesses, long seed) {
        int kinds = PAGES.size();
        if (part >= kinds) {
            Configuration configuration = Configuration.parse(NATIVE[part - kinds]);
            SyntheticRun run = new SyntheticRun(profile, workload, configuration, new FirstTouch(), seed);
            alone[part - kinds] =
                    run.run(accesses, WARM_UP_ACCESSES, done -> {}).counts();
            if (part == kinds) {
                traits = run.traits();
            }
            return;
        }
        GuestPages pages = PAGES.get(part);
        Pmu[] counts = Objects.requireNonNull(guest.get(pages));
        GuestRun run = new GuestRun(profile, workload, pages, seed);
        for (int placement = 0; placement < PLACEMENTS; placement++) {
            counts[placement] = run.run((placement & 2) != 0, (placement & 1) != 0, accesses, WARM_UP_ACCESSES);
        }
    }

    /** Cycles of walks, in both tables, under one kind of pages. */
    public double walkCycles(GuestConfiguration configuration, GuestPages pages) {
        return costs(configuration).walkCycles(0, counts(configuration, pages));
    }

    /** Of {@link #walkCycles} those in the extended table. */
    public double eptCycles(GuestConfiguration configuration, GuestPages pages) {
        return costs(configuration).eptCycles(0, counts(configuration, pages));
    }

    /** The share of all cycles that walks take in the model of the processor. */
    public double walkShare(GuestConfiguration configuration, GuestPages pages) {
        return costs(configuration)
                .cycles(0, counts(configuration, pages), traits())
                .walkShare();
    }

    /** What of a pending cycle the program waits for, by the dependences of its code, while a share of its cycles are pending ones. */
    public double exposure(double pendingShare) {
        return queue().exposure(pendingShare);
    }

    /** The walkers, and the walks that the code keeps in flight: one in a chase, and as many as there are walkers where they overlap. */
    public WalkerQueue queue() {
        double inFlight = 1 / Math.max(leastExposure(), Math.min(1, traits().walkExposure()));
        return new WalkerQueue(profile.walkers(), (int) Math.round(inFlight));
    }

    private WorkloadTraits traits() {
        return Objects.requireNonNull(traits, "not simulated");
    }

    public double leastExposure() {
        return 1.0 / profile.walkers();
    }

    private CostModel costs(GuestConfiguration configuration) {
        return new CostModel(profile, configuration.isBusy() ? REMOTE_NODE : 0);
    }

    private Pmu counts(GuestConfiguration configuration, GuestPages pages) {
        if (configuration.isNative()) {
            return alone[(pages == GuestPages.BASE ? 0 : 2) + (configuration.remoteGuestTables() ? 1 : 0)];
        }
        int placement = (configuration.remoteGuestTables() ? 2 : 0) + (configuration.remoteEpt() ? 1 : 0);
        return Objects.requireNonNull(guest.get(pages))[placement];
    }
}
