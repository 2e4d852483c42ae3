package dev.mitosis.halsim.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halsim.machine.MachineProfile;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Requests wait behind each other: by hand, and until time and load agree. */
class NodeLoadsTest {
    private static final MachineProfile HASWELL = MachineProfile.load("4s-haswell-ex");
    private static final WorkloadTraits CHASE = new WorkloadTraits(1, 1, 1);

    /** Lines in a cycle that are a share of what a way carries: 11,000 MB/s at 2,200 MHz are 5 bytes a cycle, 64,000 are 29.1. */
    private static double lines(double share, double megabytesPerSecond) {
        return share * megabytesPerSecond / 2200 / 64;
    }

    @Test
    void nobodyWaitsOnAnIdleMachine() {
        assertEquals(0, NodeLoads.none(HASWELL).waitCycles(0, 0));
        assertEquals(0, NodeLoads.none(HASWELL).waitCycles(0, 3));
        assertEquals(0, NodeLoads.waiting(0));
    }

    @Test
    void halfALoadWaitsHalfALatency() {
        NodeLoads loads = NodeLoads.none(HASWELL);
        loads.add(0, 0, lines(0.5, 64_000));
        // 0.5 / 2 (1 - 0.5) = 0.5 of 280 cycles.
        assertEquals(140, loads.waitCycles(0, 0), 1e-9);
        // Another socket meets them at the memory, not on its way.
        assertEquals(140, loads.waitCycles(1, 0), 1e-9);
        assertEquals(0, loads.waitCycles(0, 1), 1e-9);
    }

    @Test
    void aRemoteReadWaitsAtTheMemoryAndOnTheWay() {
        NodeLoads loads = NodeLoads.none(HASWELL);
        loads.add(0, 1, lines(0.8, 11_000));
        // On the way 0.8 / 0.4 = 2 of 580; at the memory 0.8 * 11 / 64 = 0.1375 / 1.725 of 280.
        assertEquals(1160 + 280 * 0.1375 / 1.725, loads.waitCycles(0, 1), 1e-9);
        // The way back is another way.
        assertEquals(0, loads.waitCycles(1, 0), 1e-9);
    }

    @Test
    void aFullWayIsFiniteAndTheLongest() {
        // 0.95 / 0.1
        assertEquals(9.5, NodeLoads.waiting(7), 1e-9);
        assertTrue(NodeLoads.waiting(0.94) < NodeLoads.waiting(0.95));
    }

    @Test
    void tablesAndDataShareTheQueue() {
        Pmu data = new Pmu(4);
        data.reads[Pmu.MEMORY + 1] = 1000;
        Pmu tables = new Pmu(4);
        tables.reads[tables.sources() + Pmu.MEMORY + 1] = 400;
        tables.reads[Pmu.EPT * tables.sources() + tables.sources() + Pmu.MEMORY + 1] = 600;
        double wall = 1000 / lines(0.5, 11_000);
        assertEquals(
                NodeLoads.of(HASWELL, 0, List.of(data), wall).waitCycles(0, 1),
                NodeLoads.of(HASWELL, 0, List.of(tables), wall).waitCycles(0, 1));
    }

    /** The run time sets the load, the load the run time: 14 processors that only read another socket's memory fill the way to it. */
    @Test
    void timeAndLoadAgree() {
        Pmu counts = new Pmu(4);
        counts.reads[Pmu.MEMORY + 1] = 1_000_000;
        CostModel model = CostModel.underOwnLoad(HASWELL, 0, List.of(counts), 14, CHASE);
        double wall = model.cycles(0, counts, CHASE).runtime() / 14;
        NodeLoads loads = NodeLoads.of(HASWELL, 0, List.of(counts), wall);
        assertEquals(580 + loads.waitCycles(0, 1), model.latencyCycles(0, Pmu.MEMORY + 1), 0.01);
        // 14 at once in 580 cycles would be 1.5 lines of 64 bytes where 5 bytes a cycle go: less than full, and far
        // from idle.
        double bytesPerCycle = 1_000_000 * 64 / wall;
        assertTrue(bytesPerCycle > 1 && bytesPerCycle < 5, "bytes a cycle: " + bytesPerCycle);
        // One alone hardly waits.
        CostModel alone = CostModel.underOwnLoad(HASWELL, 0, List.of(counts), 1, CHASE);
        assertTrue(alone.latencyCycles(0, Pmu.MEMORY + 1) < 1.02 * 580);
    }

    @Test
    void othersComeOnTop() {
        NodeLoads loads = NodeLoads.none(HASWELL);
        loads.add(0, 1, lines(0.5, 11_000));
        CostModel busy = new CostModel(HASWELL, 1 << 1, loads);
        assertEquals(580 * 2.3 + loads.waitCycles(0, 1), busy.latencyCycles(0, Pmu.MEMORY + 1), 1e-9);
    }

    @Test
    void ofAWalkCountsWhatIsNotHidden() {
        MachineProfile twoWalkers = MachineProfile.load("4s-cascade-lake");
        assertEquals(2, twoWalkers.walkers());
        Pmu counts = new Pmu(4);
        counts.walks = 100;
        CostModel costs = new CostModel(twoWalkers, 0);
        double pending = costs.walkCycles(0, counts);
        assertEquals(pending, costs.cycles(0, counts, CHASE).walk());
        assertEquals(
                pending / 2,
                costs.cycles(0, counts, new WorkloadTraits(1, 5, 0.5)).walk());
        // What walks keep apart is no walk.
        assertEquals(
                pending, costs.cycles(0, counts, new WorkloadTraits(1, 5, 1.5)).walk());
    }
}
