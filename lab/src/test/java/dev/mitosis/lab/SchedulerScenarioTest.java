package dev.mitosis.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halsim.cost.CostModel;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.sched.CpuSet;
import dev.mitosis.kernel.sched.Scheduler;
import dev.mitosis.kernel.sched.SchedulerSettings;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.lab.machine.Machine;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.replication.policy.FirstTouch;
import dev.mitosis.replication.policy.PlacementPolicy;
import dev.mitosis.replication.policy.VMitosis;
import dev.mitosis.workloads.synthetic.AccessStream;
import dev.mitosis.workloads.synthetic.Gups;
import org.junit.jupiter.api.Test;

/** The papers' RP-LD comes about by itself: a task is moved, its memory follows by NUMA hints, its page tables do not. */
class SchedulerScenarioTest {
    private static final long TABLE_BYTES = 256L << 20;
    private static final int ACCESSES_A_TICK = 100_000;
    private static final MachineProfile MACHINE =
            MachineProfile.load("2s-cascade-lake").withLastLevelShare(1.0 / 64);

    private final Gups gups = new Gups(TABLE_BYTES);

    /** What a run came to: data and tables on the node where it runs now, and walk cycles an access before and after. */
    private record Outcome(double localData, double remoteLeaves, double walkBefore, double walkAfter) {}

    private Outcome run(PlacementPolicy policy) {
        Machine machine = new Machine(MACHINE, KernelSettings.DEFAULT, policy, 1);
        Kernel kernel = machine.kernel();
        SchedulerSettings settings = SchedulerSettings.LINUX.withScan(1, 2, TABLE_BYTES >>> 12);
        Scheduler scheduler = new Scheduler(kernel, settings);
        Task task = kernel.spawn(0);
        scheduler.start(task);
        int flags = Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_POPULATE;
        long va = kernel.mmap(task, 0, TABLE_BYTES, Abi.PROT_READ | Abi.PROT_WRITE, flags);
        AccessStream stream = gups.stream(0, 1, new long[] {va}, 1);
        execute(machine, task, stream, 5 * ACCESSES_A_TICK);
        double before = walkCycles(machine, task, stream);
        scheduler.setAffinity(task, CpuSet.ofNode(machine.board().topology(), 1));
        for (int tick = 0; tick < 30; tick++) {
            execute(machine, task, stream, ACCESSES_A_TICK);
            scheduler.tick();
        }
        // The last hints are taken before anything is measured.
        execute(machine, task, stream, 5 * ACCESSES_A_TICK);
        double after = walkCycles(machine, task, stream);
        int node = scheduler.nodeOf(task);
        assertEquals(1, node);
        return new Outcome(
                (double) task.mm().residentFrames(node) / task.mm().residentFrames(),
                kernel.census(task.mm(), node).remoteLeafPercent(),
                before,
                after);
    }

    private static void execute(Machine machine, Task task, AccessStream stream, long count) {
        AccessBatch batch = new AccessBatch();
        for (long done = 0; done < count; done += batch.rawAccesses()) {
            batch.clear();
            stream.fill(batch);
            machine.board().cpu(task.cpu()).run(batch);
        }
    }

    private double walkCycles(Machine machine, Task task, AccessStream stream) {
        Pmu before = machine.board().cpu(task.cpu()).pmu().copy();
        execute(machine, task, stream, ACCESSES_A_TICK);
        Pmu seen = machine.board().cpu(task.cpu()).pmu().since(before);
        int node = machine.board().topology().nodeOfCpu(task.cpu());
        return new CostModel(MACHINE, 0).walkCycles(node, seen) / seen.accesses;
    }

    @Test
    void dataFollowsAndPageTablesAreLeftBehind() {
        Outcome outcome = run(new FirstTouch());
        assertTrue(outcome.localData > 0.99, outcome.toString());
        assertEquals(100.0, outcome.remoteLeaves);
        assertTrue(outcome.walkAfter > 1.08 * outcome.walkBefore, outcome.toString());
    }

    @Test
    void underVmitosisTheyFollowAndWalksAreAsTheyWere() {
        Outcome outcome = run(new VMitosis());
        assertTrue(outcome.localData > 0.99, outcome.toString());
        assertEquals(0.0, outcome.remoteLeaves);
        assertEquals(outcome.walkBefore, outcome.walkAfter, 0.03 * outcome.walkBefore, outcome.toString());
    }
}
