package dev.mitosis.workloads.synthetic;

import java.util.List;

/** The synthetic workloads that there are: one line each. */
public final class WorkloadRegistry {
    private WorkloadRegistry() {}

    public static List<Workload> workloads() {
        return List.of(
                new Gups(),
                new BTree(),
                new HashJoin(),
                HashJoin.wide(),
                new Redis(),
                new XsBench(),
                XsBench.wide(),
                new PageRank(),
                new LibLinear(),
                new Canneal(),
                Canneal.wide());
    }
}
