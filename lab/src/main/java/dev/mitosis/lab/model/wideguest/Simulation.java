package dev.mitosis.lab.model.wideguest;

import dev.mitosis.halsim.cost.WorkloadTraits;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.model.NodeReads;
import dev.mitosis.lab.run.GuestView;
import dev.mitosis.lab.run.WideGuestRun;
import dev.mitosis.workloads.synthetic.Workload;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What one wide workload reads from where in guests of several kinds, with one copy of each tree and with copies everywhere. */
public final class Simulation {
    private static final long WARM_UP_ACCESSES = 6_000_000;

    /**
     * One guest.
     *
     * @param interleaves whether memory is spread over nodes in turn
     * @param thp whether guest and host have huge pages
     */
    public record Setup(GuestView view, boolean interleaves, boolean thp) {}

    private record Part(Setup setup, boolean hasCopies) {}

    private final MachineProfile profile;
    private final Workload workload;
    private @Nullable WorkloadTraits traits;
    private final Map<Part, NodeReads> reads = new HashMap<>();

    public Simulation(MachineProfile profile, Workload workload) {
        this.profile = profile;
        this.workload = workload;
    }

    /** Runs a guest, first with one copy of each tree and then, if they are wanted, with copies. */
    public void run(Setup setup, List<Boolean> copies, long accesses, long seed) {
        boolean makesRoom = copies.contains(true);
        WideGuestRun run =
                new WideGuestRun(profile, workload, setup.view(), setup.thp(), setup.interleaves(), makesRoom, seed);
        for (boolean hasCopies : copies) {
            if (hasCopies) {
                run.replicate();
            }
            reads.put(new Part(setup, hasCopies), NodeReads.of(run.run(accesses, WARM_UP_ACCESSES)));
            if (traits == null) {
                traits = run.traits();
            }
        }
    }

    /** What the cores make of the first guest. */
    public WorkloadTraits traits() {
        return Objects.requireNonNull(traits, "not simulated");
    }

    /** What of a pending cycle the program waits for: all in a chase; else walkers share it. */
    public double exposure() {
        return Math.min(1, Math.max(leastExposure(), traits().walkExposure()));
    }

    public double leastExposure() {
        return 1.0 / profile.walkers();
    }

    public NodeReads reads(Setup setup, boolean hasCopies) {
        return Objects.requireNonNull(reads.get(new Part(setup, hasCopies)), "not simulated");
    }
}
