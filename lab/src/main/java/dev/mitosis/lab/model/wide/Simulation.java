package dev.mitosis.lab.model.wide;

import dev.mitosis.halsim.cost.WorkloadTraits;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.model.NodeReads;
import dev.mitosis.lab.run.Configuration;
import dev.mitosis.lab.run.RunResult;
import dev.mitosis.lab.run.SyntheticRun;
import dev.mitosis.lab.run.Traits;
import dev.mitosis.replication.policy.PolicyRegistry;
import dev.mitosis.workloads.synthetic.Workload;
import java.util.List;

/** What one wide workload takes in each configuration, with base pages and with huge ones wherever an area covers one. */
public final class Simulation {
    private static final List<String> CONFIGURATIONS = List.of("F", "F+M", "I", "I+M");
    /** So many that the lines of all last-level caches have been replaced a few times. */
    private static final long WARM_UP_ACCESSES = 8_000_000;

    private final MachineProfile profile;
    private final Workload workload;
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
        RunResult result = new SyntheticRun(
                        profile, workload, configuration, PolicyRegistry.find(configuration.policy()), seed)
                .watchingOtherCaches()
                .run(accesses, WARM_UP_ACCESSES, done -> {});
        reads[huge][number] = NodeReads.of(result.countsOfNode());
    }

    public WorkloadTraits traits() {
        return Traits.of(workload);
    }

    /** What a configuration read, with huge pages wherever an area covers one, or nowhere. */
    public NodeReads reads(Configuration configuration, boolean isHuge) {
        int number = (configuration.interleaves() ? 2 : 0) + (configuration.hasMitosis() ? 1 : 0);
        return reads[isHuge ? 1 : 0][number];
    }
}
