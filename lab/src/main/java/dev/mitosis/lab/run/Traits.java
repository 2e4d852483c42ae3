package dev.mitosis.lab.run;

import dev.mitosis.halsim.cost.WorkloadTraits;
import dev.mitosis.workloads.synthetic.Workload;

/** What the model of a processor wants to know of a synthetic workload: a workload does not know the model. */
public final class Traits {
    private Traits() {}

    public static WorkloadTraits of(Workload workload) {
        return new WorkloadTraits(workload.baseCpi(), workload.memoryParallelism(), workload.overlapsWalks());
    }
}
