package dev.mitosis.kernel.sched;

import dev.mitosis.hal.Topology;
import dev.mitosis.mm.Task;
import org.jspecify.annotations.Nullable;

/**
 * Lets processors with little to do pull tasks from those with much: first within a node, then between nodes.
 *
 * <p>A task whose pages are on the node that it is on is pulled away only when nothing else is there to pull, so that balancing
 * and NUMA placement do not work against one another.
 *
 * <p>Source: Linux {@code kernel/sched/fair.c:load_balance, can_migrate_task, migrate_degrades_locality}.
 */
final class LoadBalancer {
    /** A queue is long when it has two tasks more than the one that pulls. */
    private static final int IMBALANCE = 2;

    private final Scheduler scheduler;
    private final Topology topology;

    LoadBalancer(Scheduler scheduler, Topology topology) {
        this.scheduler = scheduler;
        this.topology = topology;
    }

    void balance() {
        for (int cpu = 0; cpu < topology.cpus(); cpu++) {
            if (!pull(cpu, true)) {
                pull(cpu, false);
            }
        }
    }

    /** Pulls one task; false when there was none to pull. */
    private boolean pull(int cpu, boolean isWithinNode) {
        Task best = null;
        int bestRank = 0;
        for (int from = 0; from < topology.cpus(); from++) {
            boolean isSameNode = topology.nodeOfCpu(from) == topology.nodeOfCpu(cpu);
            int excess = scheduler.load(from) - scheduler.load(cpu);
            if (isSameNode == isWithinNode && excess >= IMBALANCE) {
                Task candidate = candidate(from, cpu);
                int rank = candidate == null ? 0 : 1 + 2 * excess + (isAtHome(candidate) ? 0 : 1);
                if (rank > bestRank) {
                    bestRank = rank;
                    best = candidate;
                }
            }
        }
        if (best != null) {
            scheduler.move(best, cpu);
        }
        return best != null;
    }

    /** A task of a queue that may go: one that wants to first, one that is at home last. */
    private @Nullable Task candidate(int from, int to) {
        Task best = null;
        int bestRank = -1;
        for (Task task : scheduler.queue(from).tasks()) {
            boolean isRunning = task == scheduler.queue(from).running();
            if (scheduler.mayRun(task, to) && !isRunning) {
                boolean wantsTo = task.numaFaults().preferredNode() == topology.nodeOfCpu(to);
                int rank = wantsTo ? 2 : isAtHome(task) ? 0 : 1;
                if (rank > bestRank) {
                    bestRank = rank;
                    best = task;
                }
            }
        }
        return best;
    }

    private boolean isAtHome(Task task) {
        return task.numaFaults().preferredNode() == scheduler.nodeOf(task);
    }
}
