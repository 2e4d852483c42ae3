package dev.mitosis.workloads.synthetic;

import java.util.List;
import java.util.Optional;

/** The synthetic workloads that there are: one line each. */
public final class WorkloadRegistry {
    private WorkloadRegistry() {}

    public static List<Workload> workloads() {
        return List.of(
                new Gups(),
                new BTree(),
                BTree.large(),
                BTree.wide(),
                new HashJoin(),
                HashJoin.wide(),
                new Redis(),
                Redis.large(),
                new XsBench(),
                XsBench.large(),
                XsBench.wide(),
                XsBench.guestWide(),
                new PageRank(),
                new LibLinear(),
                new Canneal(),
                Canneal.single(),
                Canneal.wide(),
                new Memcached(),
                Memcached.thin(),
                Memcached.guestWide(),
                new Graph500(),
                Graph500.guestWide(),
                new Stream());
    }

    /** The workload of a name, if there is one. */
    public static Optional<Workload> find(String name) {
        return workloads().stream()
                .filter(workload -> workload.name().equals(name))
                .findFirst();
    }
}
