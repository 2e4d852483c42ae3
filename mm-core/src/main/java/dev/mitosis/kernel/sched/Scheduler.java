package dev.mitosis.kernel.sched;

import dev.mitosis.hal.Topology;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import java.util.HashMap;
import java.util.Map;

/**
 * Which task runs where: run queues, affinities, balancing of load, and placement by NUMA hints.
 *
 * <p>Errors: {@link KernelException} EINVAL for an affinity without a processor of the board, ESRCH for a task that is not here.
 *
 * <p>Cost: a tick is O(processors); a balancing looks at every queue.
 *
 * <p>Source: Linux {@code kernel/sched/fair.c}.
 */
public final class Scheduler {
    private final Kernel kernel;
    private final Topology topology;
    private final SchedulerSettings settings;
    private final RunQueue[] queues;
    private final Map<Task, CpuSet> affinities = new HashMap<>();
    private final LoadBalancer balancer;
    private final NumaScanner scanner;
    private long ticks;
    private long migrations;

    public Scheduler(Kernel kernel, SchedulerSettings settings) {
        this.kernel = kernel;
        this.topology = kernel.context().topology();
        this.settings = settings;
        this.queues = new RunQueue[topology.cpus()];
        for (int cpu = 0; cpu < queues.length; cpu++) {
            queues[cpu] = new RunQueue();
        }
        this.balancer = new LoadBalancer(this, topology);
        this.scanner = new NumaScanner(this, kernel, settings);
    }

    // ---- tasks ----

    /** Takes charge of a task, which begins where there is least to do, near the processor that it is on. */
    public void start(Task task) {
        start(task, CpuSet.all(topology));
    }

    /** The same for a task that may run on some processors only. */
    public void start(Task task, CpuSet affinity) {
        check(affinity);
        affinities.put(task, affinity);
        enqueue(task, placeFor(task, topology.nodeOfCpu(task.cpu())));
    }

    /** Forgets a task that sleeps or is about to exit. */
    public void stop(Task task) {
        int cpu = cpuOf(task);
        affinities.remove(task);
        scanner.forget(task);
        queues[cpu].remove(task);
        dispatch(cpu);
    }

    /** Says where a task may run, and moves it when it is elsewhere: sched_setaffinity(2). */
    public void setAffinity(Task task, CpuSet affinity) {
        check(affinity);
        int cpu = cpuOf(task);
        affinities.put(task, affinity);
        if (!affinity.contains(cpu)) {
            move(task, placeFor(task, topology.nodeOfCpu(cpu)));
        }
    }

    public CpuSet affinity(Task task) {
        CpuSet affinity = affinities.get(task);
        if (affinity == null) {
            throw new KernelException(Errno.ESRCH, task + " is not scheduled");
        }
        return affinity;
    }

    /** The processor whose queue a task is in. */
    public int cpuOf(Task task) {
        affinity(task);
        return task.cpu();
    }

    public int nodeOf(Task task) {
        return topology.nodeOfCpu(cpuOf(task));
    }

    /** Tasks that run or wait on a processor. */
    public int load(int cpu) {
        return queues[cpu].length();
    }

    /** Tasks that run or wait on a node. */
    public int nodeLoad(int node) {
        int load = 0;
        for (int cpu = 0; cpu < queues.length; cpu++) {
            load += topology.nodeOfCpu(cpu) == node ? queues[cpu].length() : 0;
        }
        return load;
    }

    /** Moves between processors that the scheduler has made. */
    public long migrations() {
        return migrations;
    }

    // ---- time ----

    /** A tick of every processor: the next task has its turn; what is due is done. */
    public void tick() {
        ticks++;
        for (int cpu = 0; cpu < queues.length; cpu++) {
            queues[cpu].rotate();
            dispatch(cpu);
            kernel.context().events().tick(cpu);
        }
        if (ticks % settings.balanceTicks() == 0) {
            balancer.balance();
        }
        if (settings.numaBalancing()) {
            scanner.tick(ticks);
        }
    }

    // ---- for the balancer and the placement ----

    RunQueue queue(int cpu) {
        return queues[cpu];
    }

    Iterable<Task> tasks() {
        return affinities.keySet();
    }

    boolean mayRun(Task task, int cpu) {
        return affinity(task).contains(cpu);
    }

    /** Moves a task to the queue of another processor. */
    void move(Task task, int cpu) {
        int from = cpuOf(task);
        if (from == cpu) {
            return;
        }
        queues[from].remove(task);
        queues[cpu].add(task);
        migrations++;
        relocate(task, cpu);
        dispatch(from);
        dispatch(cpu);
    }

    /** Exchanges two tasks of different processors. */
    void swap(Task one, Task other) {
        int cpu = cpuOf(one);
        move(one, cpuOf(other));
        move(other, cpu);
    }

    /** Tells the kernel where a task is; it runs there at once, and the next dispatch puts things right. */
    private void relocate(Task task, int cpu) {
        kernel.migrate(task, cpu);
    }

    private void enqueue(Task task, int cpu) {
        queues[cpu].add(task);
        if (task.cpu() != cpu) {
            relocate(task, cpu);
        }
        dispatch(cpu);
    }

    private void dispatch(int cpu) {
        kernel.switchTo(cpu, queues[cpu].running());
    }

    /** An allowed processor: idle on the node, idle elsewhere near it, or the one with the shortest queue. */
    private int placeFor(Task task, int nearNode) {
        int best = -1;
        long bestRank = Long.MAX_VALUE;
        for (int cpu = 0; cpu < queues.length; cpu++) {
            if (mayRun(task, cpu)) {
                long distance = topology.distance(nearNode, topology.nodeOfCpu(cpu));
                long rank = ((long) queues[cpu].length() << 32) + distance;
                if (rank < bestRank) {
                    bestRank = rank;
                    best = cpu;
                }
            }
        }
        return best;
    }

    private void check(CpuSet affinity) {
        if (!affinity.hasAny(queues.length)) {
            throw new KernelException(Errno.EINVAL, affinity + ": the board has " + queues.length + " processors");
        }
    }
}
