package dev.mitosis.kernel.sched;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.Topology;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.replication.ReplicatedBoard;
import dev.mitosis.replication.policy.VMitosis;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Two processors a node; the scenarios of the papers come about by themselves. */
class SchedulerTest {
    private static final int RW = Abi.PROT_READ | Abi.PROT_WRITE;
    private static final int ANON = Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_FIXED | Abi.MAP_POPULATE;
    private static final long P = Frames.PAGE_BYTES;
    private static final long VA = 1L << 40;
    private static final int PAGES = 600;

    private final ReplicatedBoard board = new ReplicatedBoard(2, 1 << 14, KernelSettings.DEFAULT);
    private final Kernel kernel = board.kernel();
    private final Topology topology = kernel.context().topology();
    private final Scheduler scheduler = new Scheduler(kernel, SchedulerSettings.LINUX.withScan(4, 16, 1 << 16));

    private Task start(int cpu) {
        Task task = kernel.spawn(cpu);
        kernel.mmap(task, VA, PAGES * P, RW, ANON);
        scheduler.start(task);
        return task;
    }

    /** Lets time pass; whoever runs uses all of its memory in each tick. */
    private void run(int ticks) {
        for (int tick = 0; tick < ticks; tick++) {
            for (int cpu = 0; cpu < topology.cpus(); cpu++) {
                Task running = kernel.current(cpu);
                boolean hasMemory = running != null && running.mm().areas().find(VA) != null;
                for (int page = 0; hasMemory && page < PAGES; page++) {
                    assertTrue(board.canAccess(Objects.requireNonNull(running), VA + page * P, true));
                }
            }
            scheduler.tick();
        }
    }

    private double localShare(Task task) {
        return (double) task.mm().residentFrames(scheduler.nodeOf(task))
                / task.mm().residentFrames();
    }

    @Test
    void newTasksGoWhereThereIsLeastToDoNearFirst() {
        List<Integer> cpus = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            cpus.add(start(0).cpu());
        }
        assertEquals(List.of(0, 1, 2, 3), cpus);
        start(3);
        assertEquals(2, scheduler.load(2) + scheduler.load(3) - 1, "the fifth waits where it was");
    }

    @Test
    void tasksOfAProcessorTakeTurns() {
        for (int i = 0; i < 3; i++) {
            Task task = kernel.spawn(0);
            scheduler.start(task, CpuSet.of(1));
        }
        Set<Task> seen = new HashSet<>();
        for (int tick = 0; tick < 3; tick++) {
            Task running = kernel.current(1);
            if (running != null) {
                seen.add(running);
            }
            scheduler.tick();
        }
        assertEquals(3, seen.size());
        assertEquals(3, scheduler.load(1));
    }

    @Test
    void affinitiesHold() {
        Task task = start(0);
        scheduler.setAffinity(task, CpuSet.ofNode(topology, 1));
        assertEquals(1, scheduler.nodeOf(task));
        for (int i = 0; i < 6; i++) {
            scheduler.start(kernel.spawn(2), CpuSet.ofNode(topology, 1));
        }
        run(10);
        assertEquals(0, scheduler.nodeLoad(0), "nobody may go to node 0");
        assertEquals(
                Errno.EINVAL,
                assertThrows(KernelException.class, () -> scheduler.setAffinity(task, CpuSet.of(99)))
                        .errno());
        scheduler.stop(task);
        assertEquals(
                Errno.ESRCH,
                assertThrows(KernelException.class, () -> scheduler.setAffinity(task, CpuSet.of(0)))
                        .errno());
    }

    @Test
    void idleProcessorsPullWork() {
        List<Task> crowd = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            Task task = kernel.spawn(0);
            scheduler.start(task, CpuSet.of(0));
            crowd.add(task);
        }
        assertEquals(4, scheduler.load(0));
        crowd.forEach(task -> scheduler.setAffinity(task, CpuSet.all(topology)));
        scheduler.tick();
        for (int cpu = 0; cpu < 4; cpu++) {
            assertEquals(1, scheduler.load(cpu), "cpu " + cpu);
        }
    }

    @Test
    void memoryFollowsATaskThatMayNotGoBackAndPageTablesDoNot() {
        Task task = start(0);
        scheduler.setAffinity(task, CpuSet.ofNode(topology, 1));
        assertEquals(0.0, localShare(task));
        run(60);
        assertEquals(1.0, localShare(task), 0.01);
        assertEquals(100.0, kernel.census(task.mm(), 1).remoteLeafPercent(), "RP-LD, as the papers found it");
    }

    @Test
    void underVmitosisThePageTablesFollowToo() {
        kernel.listen(new VMitosis().attach(kernel, board.replicator()));
        Task task = start(0);
        scheduler.setAffinity(task, CpuSet.ofNode(topology, 1));
        run(60);
        assertEquals(1.0, localShare(task), 0.01);
        assertEquals(0.0, kernel.census(task.mm(), 1).remoteLeafPercent());
    }

    @Test
    void aTaskThatWasPushedAwayGoesBackToItsMemoryWhenThereIsRoom() {
        Task task = start(0);
        run(20);
        assertEquals(0, task.numaFaults().preferredNode());
        List<Task> crowd = new ArrayList<>();
        for (int i = 0; i < 2; i++) {
            Task other = kernel.spawn(0);
            scheduler.start(other, CpuSet.ofNode(topology, 0));
            crowd.add(other);
        }
        // With a full node it may be pushed away; with room again it is where its memory is.
        kernel.migrate(task, 2);
        scheduler.setAffinity(task, CpuSet.ofNode(topology, 1));
        scheduler.setAffinity(task, CpuSet.all(topology));
        assertEquals(1, scheduler.nodeOf(task));
        crowd.forEach(scheduler::stop);
        run(6);
        assertEquals(0, scheduler.nodeOf(task));
        assertEquals(1.0, localShare(task), 0.01);
    }

    @Test
    void twoTasksOnTheWrongNodesChangePlaces() {
        Task one = start(0);
        Task two = start(2);
        run(20);
        List<Task> crowd = new ArrayList<>();
        for (int cpu = 0; cpu < 4; cpu++) {
            Task other = kernel.spawn(cpu);
            crowd.add(other);
        }
        scheduler.setAffinity(one, CpuSet.of(2));
        scheduler.setAffinity(two, CpuSet.of(0));
        scheduler.start(crowd.get(1), CpuSet.of(1));
        scheduler.start(crowd.get(3), CpuSet.of(3));
        scheduler.setAffinity(one, CpuSet.of(0, 2));
        scheduler.setAffinity(two, CpuSet.of(0, 2));
        assertEquals(1, scheduler.nodeOf(one));
        run(17);
        assertEquals(0, scheduler.nodeOf(one));
        assertEquals(1, scheduler.nodeOf(two));
    }

    @Test
    void withoutNumaBalancingNothingFollows() {
        Scheduler still = new Scheduler(kernel, SchedulerSettings.LINUX.withNumaBalancing(false));
        Task task = kernel.spawn(0);
        kernel.mmap(task, VA, PAGES * P, RW, ANON);
        still.start(task);
        still.setAffinity(task, CpuSet.ofNode(topology, 1));
        for (int tick = 0; tick < 40; tick++) {
            assertTrue(board.canAccess(task, VA, true));
            still.tick();
        }
        assertEquals(0, task.mm().residentFrames(1));
        assertNotEquals(0, still.migrations());
        assertFalse(still.load(0) > 0);
    }
}
