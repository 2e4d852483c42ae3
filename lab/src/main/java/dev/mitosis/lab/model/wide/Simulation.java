package dev.mitosis.lab.model.wide;

import dev.mitosis.halsim.cost.WorkloadTraits;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.model.NodeReads;
import dev.mitosis.lab.run.Configuration;
import dev.mitosis.lab.run.RunResult;
import dev.mitosis.lab.run.SyntheticRun;
import dev.mitosis.replication.policy.PolicyRegistry;
import dev.mitosis.workloads.synthetic.Workload;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** What one wide workload takes in each configuration, with base pages and with huge ones wherever an area covers one. */
public final class Simulation {
    private static final List<String> CONFIGURATIONS = List.of("F", "F+M", "I", "I+M");
    /** So many that the lines of all last-level caches have been replaced a few times. */
    private static final long WARM_UP_ACCESSES = 8_000_000;

    private final MachineProfile profile;
    private final Workload workload;
    private @Nullable WorkloadTraits traits;
    private final NodeReads[][] reads = new NodeReads[2][CONFIGURATIONS.size()];

    public Simulation(MachineProfile profile, Workload workload) {
        this.profile = profile;
        this.workload = workload;
    }

    public static int parts() {
        return 2 * CONFIGURATIONS.size();
    }

    public void run(int part, long accesses, long seed) {
        int huge = part / CONFIGURATIONS.size();
        int number = part % CONFIGURATIONS.size();
        Configuration configuration = Configuration.parse((huge == 1 ? "T" : "") + CONFIGURATIONS.get(number));
        SyntheticRun run = new SyntheticRun(
                        profile, workload, configuration, PolicyRegistry.find(configuration.policy()), seed)
                .watchingOtherCaches();
        RunResult result = run.run(accesses, WARM_UP_ACCESSES, done -> {});
        if (part == 0) {
            traits = run.traits();
        }
        reads[huge][number] = NodeReads.of(result.countsOfNode());
    }

    /** What the cores make of it with base pages and one copy. */
    public WorkloadTraits traits() {
        return Objects.requireNonNull(traits, "not simulated");
    }

    /** What a configuration read, with huge pages wherever an area covers one, or nowhere. */
    public NodeReads reads(Configuration configuration, boolean isHuge) {
        int number = (configuration.interleaves() ? 2 : 0) + (configuration.hasMitosis() ? 1 : 0);
        return reads[isHuge ? 1 : 0][number];
    }
}
