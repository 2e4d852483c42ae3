package dev.mitosis.lab.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.cost.WorkloadTraits;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.model.wide.Model;
import dev.mitosis.lab.published.PublishedRuns;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The arithmetic of wide predictions, by hand. */
class QueueingModelTest {
    private static final MachineProfile HASWELL = MachineProfile.load("4s-haswell-ex");
    private static final MachineProfile CASCADE_LAKE = MachineProfile.load("4s-cascade-lake");
    private static final WorkloadTraits CHASE = new WorkloadTraits(0.5, 1, 1);
    private static final int THREADS = 4 * 14 * 2;

    /** Ten walks of node 1: ten leaf entries and ten lines of data from these nodes' memories, 1000 instructions. */
    private static NodeReads reads(int tableNode, int dataNode) {
        return reads(tableNode, 0, dataNode, 0);
    }

    /** The same where another socket's caches hold some of them. */
    private static NodeReads reads(int tableNode, double tablesHeld, int dataNode, double dataHeld) {
        return NodeReads.none(4)
                .walk(1, 10, 1000)
                .readTables(1, Pmu.MEMORY + tableNode, 10, tablesHeld)
                .readData(1, Pmu.MEMORY + dataNode, 10, dataHeld);
    }

    @Test
    void aThreadWaitsForTheWalkOfTheOtherThreadOfItsCore() {
        // One walker for two threads: it is met busy for 100 of 100 + 300 cycles, and for 100 cycles then.
        assertEquals(25, QueueingModel.turns(100, 300, HASWELL), 1e-9);
        assertEquals(0, QueueingModel.turns(100, 300, CASCADE_LAKE), 0, "two walkers for two threads");
        assertEquals(0, QueueingModel.turns(0, 0, HASWELL), 0);
    }

    @Test
    void aQueueIsEmptyAloneAndFullWhenItIsAllThatCounts() {
        // One customer never waits for others: 50 cycles of service.
        assertEquals(50, QueueingModel.waiting(100, 50, 1), 1e-9);
        // w^2 + (100 - 200) w = 100 x 200 / 2: w = (100 + sqrt(10000 + 40000)) / 2.
        assertEquals((100 + Math.sqrt(50_000)) / 2, QueueingModel.waiting(100, 200, 2), 1e-9);
        // Many customers: as long as the queue takes, less the thinking, and a little.
        double waiting = QueueingModel.waiting(100, 1000, 1_000_000);
        assertEquals(900, waiting, 0.01);
        assertEquals(0, QueueingModel.waiting(100, 0, 112), 0);
    }

    @Test
    void anIdleMachineTakesTheSumOfItsLatenciesAndTheTurns() {
        // Node 1 reads tables of node 0 (580 cycles) and data of its own (280): walks 10 (35 + 580) = 6150, data 2800.
        QueueingModel model = QueueingModel.of(HASWELL, CHASE, 1).withCompute(1000);
        Cycles cycles = model.predict(reads(0, 1));
        double turns = 6150.0 * 6150 / (6150 + 3800);
        assertEquals(6150, cycles.walk(), 1e-6);
        assertEquals(6150 + 3800 + turns, cycles.runtime(), 1e-6);
    }

    @Test
    void aLineThatAnotherCacheHoldsComesFromThereUnlessMemoryIsNear() {
        NodeReads remote = reads(0, 4, 0, 2);
        // Four of ten entries and two of ten lines of data: 0.62 x 580 cycles each in place of 580.
        assertEquals(10 * 35 + 6 * 580 + 4 * 0.62 * 580, remote.walkCycles(HASWELL), 1e-6);
        assertEquals(8 * 580 + 2 * 0.62 * 580, remote.dataCycles(HASWELL), 1e-6);
        // Their home memory is asked all the same.
        assertEquals(10, remote.busiest().tables(), 0);
        assertEquals(10, remote.busiest().data(), 0);
        NodeReads local = reads(1, 4, 1, 2);
        assertEquals(10 * (35 + 280), local.walkCycles(HASWELL), 1e-6);
        // A sample that found more than was read counts as all.
        assertEquals(10 * 35 + 10 * 0.62 * 580, reads(0, 31, 0, 0).walkCycles(HASWELL), 1e-6);
    }

    @Test
    void tablesWaitAtTheBusiestMemoryByTheirShareOfIt() {
        NodeReads reads = reads(0, 0);
        double line = THREADS * 64 * 2200.0 / 28_000;
        QueueingModel model = QueueingModel.of(HASWELL, CHASE, 1).withDataLine(3 * line);
        double walk = 6150;
        double thinking = walk + 5800 + walk * walk / (walk + 5800);
        double demand = 40 * line;
        double waiting = QueueingModel.waiting(thinking, demand, THREADS);
        Cycles cycles = model.predict(reads);
        assertEquals(thinking + waiting, cycles.runtime(), 1e-6);
        assertEquals(walk + waiting / 4, cycles.walk(), 1e-6, "ten of forty line times are of tables");
        // Tables on another node leave it.
        assertEquals(30 * line / model.predict(reads(1, 0)).runtime(), model.load(reads(1, 0)), 1e-9);
    }

    @Test
    void theBaselinesSayWhatIsWaitedFor() {
        NodeReads small = reads(0, 0);
        NodeReads huge = NodeReads.none(4).walk(1, 0, 1000).readData(1, Pmu.MEMORY, 10, 0);
        Cycles base = new Cycles(40_000, 6150);
        // Without walks, and without their turns: what is left of an open workload.
        double rest = Bisection.root(some -> 6150 + some + 6150.0 * 6150 / (6150 + some) - 40_000, 0, 40_000);
        Model open = new Model(HASWELL, CHASE, small, huge, base, new Cycles(rest, 0));
        assertTrue(open.parameters("w").contains("waits for latencies"), open.parameters("w"));
        assertEquals(40_000, open.predict(small).runtime(), 1);
        assertEquals(rest, open.predict(small, huge).runtime(), 1);
        // Huge pages save nearly nothing though walks took a sixth: memory is what is waited for.
        Model busy = new Model(HASWELL, CHASE, small, huge, base, new Cycles(38_000, 0));
        assertTrue(busy.parameters("w").contains("waits for memory"), busy.parameters("w"));
        assertEquals(40_000, busy.predict(small).runtime(), 1);
        // The least work that agrees: repeats differ by 3 %.
        assertEquals(0.97 * 6150, busy.predict(small).walk(), 1);
        assertEquals(38_000, busy.predict(small, huge).runtime(), 1);
    }

    /** A made-up busy workload, whose rows are what a model says of it: the fit must find that model again, and its other placements. */
    @ParameterizedTest
    @CsvSource({"1, waits for memory;", "6, waits for memory in part;"})
    void aBusyWorkloadIsFoundAgainFromItsRows(double computeOfInstructions, String kind) {
        NodeReads small = NodeReads.none(4)
                .walk(1, 4000, 300_000)
                .readTables(1, Pmu.MEMORY, 4000, 0)
                .readData(1, Pmu.MEMORY, 8000, 0);
        NodeReads huge = NodeReads.none(4).walk(1, 400, 300_000).readData(1, Pmu.MEMORY, 8000, 0);
        QueueingModel truth = QueueingModel.of(CASCADE_LAKE, CHASE, 50).withDataLine(60_000);
        truth = truth.withCompute(computeOfInstructions * truth.instructionCycles(small));
        Model found = new Model(CASCADE_LAKE, CHASE, small, huge, truth.predict(small), truth.predict(huge));
        assertTrue(found.parameters("w").contains(kind), found.parameters("w"));
        NodeReads local = NodeReads.none(4)
                .walk(1, 4000, 300_000)
                .readTables(1, Pmu.MEMORY + 1, 4000, 0)
                .readData(1, Pmu.MEMORY, 4000, 0)
                .readData(1, Pmu.MEMORY + 1, 4000, 0);
        Cycles expected = truth.predict(local);
        assertEquals(expected.runtime(), found.predict(local).runtime(), 0.02 * expected.runtime());
        assertEquals(expected.walk(), found.predict(local).walk(), 0.04 * expected.walk());
        assertTrue(expected.runtime() < 0.8 * truth.predict(small).runtime(), "nothing to find");
    }

    @Test
    void aFunctionThatFallsAgainHasAPeak() {
        assertEquals(3, Bisection.peak(some -> -(some - 3) * (some - 3), 0, 10), 1e-6);
        assertEquals(10, Bisection.peak(some -> some, 0, 10), 1e-6);
    }

    @Test
    void whatIsWaitedForOfAPendingCycleIsSeenInTwoLocalRows() {
        MeasuredRun alone = new MeasuredRun(1, 1000, 200, 0);
        MeasuredRun guest = new MeasuredRun(1.6, 1600, 500, 500);
        assertEquals(0.75, seen(alone, guest).orElseThrow(), 1e-9);
        assertTrue(seen(guest, alone).isEmpty(), "shorter walks");
        assertTrue(seen(new MeasuredRun(1, 0, 0, 0), guest).isEmpty(), "no counters");
        assertTrue(MeasuredRun.exposureSeen(Map.of("LL", guest), "L", "LL").isEmpty());
    }

    @Test
    void rowsOfOneSocketComeFromOurTableWhereAReferenceHasNone() {
        MeasuredRun run = new MeasuredRun(1, 1, 1, 1);
        MeasuredRun own = new MeasuredRun(2, 2, 2, 2);
        Map<String, Map<String, MeasuredRun>> ours = Map.of(
                "one", Map.of("L", own, "LL", own, "F", own),
                "two", Map.of("L", own, "LL", own),
                "other", Map.of("LL", own));
        Map<String, Map<String, MeasuredRun>> reference = Map.of(
                "one", new HashMap<>(Map.of("F", run)),
                "two", new HashMap<>(Map.of("F", run, "LL", run)),
                "new", new HashMap<>(Map.of("F", run)));
        PublishedRuns.addLocalRows(reference, ours);
        assertEquals(
                Map.of(
                        "one", Map.of("F", run, "L", own, "LL", own),
                        "two", Map.of("F", run, "LL", run),
                        "new", Map.of("F", run)),
                reference);
    }

    private static OptionalDouble seen(MeasuredRun alone, MeasuredRun guest) {
        return MeasuredRun.exposureSeen(Map.of("L", alone, "LL", guest), "L", "LL");
    }

    /** A thousand lines of one memory take longer than the run: it is busy whatever huge pages save. */
    @Test
    void aMemoryThatIsAskedForMoreThanItCanGiveIsBusy() {
        NodeReads small = NodeReads.none(4).walk(1, 1000, 1000).readTables(1, Pmu.MEMORY + 1, 1000, 0);
        NodeReads huge = NodeReads.none(4).walk(1, 100, 1000).readTables(1, Pmu.MEMORY + 1, 100, 0);
        QueueingModel open = QueueingModel.of(CASCADE_LAKE, CHASE, 1);
        double line = 4 * 24 * 2 * 64 * 2100 / (105_000 * 28.0 / 64);
        assertEquals(1000 * line, open.leastDemand(small), 1e-6);
        assertEquals(
                1100 * line + 500 * line * 28 / 64,
                open.leastDemand(
                        NodeReads.none(4).readTables(1, Pmu.MEMORY, 1100, 0).readData(1, Pmu.MEMORY, 500, 0)),
                1e-6);
        Cycles base = new Cycles(1.5 * small.walkCycles(CASCADE_LAKE), small.walkCycles(CASCADE_LAKE));
        assertTrue(base.runtime() < 1000 * line, "not busy");
        Cycles saved = new Cycles(base.runtime() - 0.9 * base.walk(), 0.1 * base.walk());
        Model model = new Model(CASCADE_LAKE, CHASE, small, huge, base, saved);
        assertTrue(model.parameters("w").contains("waits for memory"), model.parameters("w"));
    }

    @Test
    void anAdditionOfRunsIsWeighted() {
        NodeReads mixed = NodeReads.mix(reads(0, 0), reads(1, 1), 0.25);
        assertEquals(10 * 35 + 7.5 * 580 + 2.5 * 280, mixed.walkCycles(HASWELL), 1e-6);
        assertEquals(7.5, mixed.busiest().data(), 1e-9);
        assertEquals(Pmu.MEMORY + 4, new Pmu(4).sources());
    }
}
