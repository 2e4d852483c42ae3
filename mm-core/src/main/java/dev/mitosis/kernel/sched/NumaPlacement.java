package dev.mitosis.kernel.sched;

import dev.mitosis.hal.Topology;
import dev.mitosis.mm.NumaFaults;
import dev.mitosis.mm.Task;
import org.jspecify.annotations.Nullable;

/**
 * Moves a task to the node that most of its pages are on: to an idle processor there, or in exchange with a task that gains by it.
 *
 * <p>Source: Linux {@code kernel/sched/fair.c:task_numa_migrate, task_numa_compare}.
 */
final class NumaPlacement {
    private final Scheduler scheduler;
    private final Topology topology;

    NumaPlacement(Scheduler scheduler, Topology topology) {
        this.scheduler = scheduler;
        this.topology = topology;
    }

    /** Folds what the hints of a task have told, and moves it when its memory is elsewhere. */
    void place(Task task) {
        task.numaFaults().fold();
        int preferred = task.numaFaults().preferredNode();
        if (preferred < 0 || preferred == scheduler.nodeOf(task)) {
            return;
        }
        int idle = -1;
        Task partner = null;
        long bestGain = 0;
        for (int cpu = 0; cpu < topology.cpus(); cpu++) {
            if (topology.nodeOfCpu(cpu) != preferred || !scheduler.mayRun(task, cpu)) {
                continue;
            }
            if (scheduler.queue(cpu).isIdle()) {
                idle = idle < 0 ? cpu : idle;
                continue;
            }
            Task other = scheduler.queue(cpu).running();
            long gain = gain(task, other);
            if (gain > bestGain) {
                bestGain = gain;
                partner = other;
            }
        }
        if (idle >= 0) {
            scheduler.move(task, idle);
        } else if (partner != null) {
            scheduler.swap(task, partner);
        }
    }

    /** Pages that would be local after an exchange, less those that would no longer be; 0 when it is not possible. */
    private long gain(Task task, @Nullable Task other) {
        int here = scheduler.nodeOf(task);
        if (other == null || !scheduler.mayRun(other, scheduler.cpuOf(task))) {
            return 0;
        }
        int there = scheduler.nodeOf(other);
        return gain(task.numaFaults(), here, there) + gain(other.numaFaults(), there, here);
    }

    private static long gain(NumaFaults faults, int from, int to) {
        return faults.known(to) - faults.known(from);
    }
}
