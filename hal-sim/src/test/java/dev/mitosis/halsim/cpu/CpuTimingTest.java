package dev.mitosis.halsim.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mitosis.halsim.SmallMachine;
import dev.mitosis.halsim.cost.CostModel;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.cost.WorkloadTraits;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.KernelSettings;
import org.junit.jupiter.api.Test;

/** Walks of known shape cost exactly what one computes by hand. */
class CpuTimingTest {
    private static final long VA = SmallMachine.VA;
    private static final MachineProfile HASWELL = MachineProfile.load("4s-haswell-ex");

    /** What a walk costs before its first read. */
    private static final int START = 35;

    private final SmallMachine machine = new SmallMachine(HASWELL, KernelSettings.DEFAULT, 1 << 12);
    private final CostModel quiet = new CostModel(HASWELL, 0);

    /** What the access costs in walks, the faults before it apart. */
    private double walkCycles(long va, boolean isStore) {
        Pmu before = machine.cpu().pmu().copy();
        machine.access(va, isStore);
        return quiet.walkCycles(0, machine.cpu().pmu().since(before));
    }

    @Test
    void aColdWalkReadsFourTablesFromMemory() {
        machine.populateCold(VA, 4096, true);
        // Level 4, 3, 2 and 1, each from local memory: 4 * 280 cycles.
        assertEquals(START + 4 * 280, walkCycles(VA, false));
    }

    @Test
    void aWalkOfTheNextPageReadsOneCachedLine() {
        machine.populateCold(VA, 2 * 4096, true);
        machine.access(VA, false);
        // The walk caches know the table, and the entry stands in the line that is in the first-level cache: 4 cycles.
        assertEquals(START + 4, walkCycles(VA + 4096, false));
    }

    @Test
    void aWalkOfTheNextLineReadsOneLineOfMemory() {
        machine.populateCold(VA, 16 * 4096, true);
        machine.access(VA, false);
        // The leaf entry of page 8 is in the second line of the table: 280 cycles.
        assertEquals(START + 280, walkCycles(VA + 8 * 4096, false));
    }

    @Test
    void aRemoteLeafCostsTheRemoteLatency() {
        machine.task.mm().setTableNode(2);
        machine.populateCold(VA, 16 * 4096, true);
        machine.access(VA, false);
        // 580 cycles, and 580 * 2.3 while node 2 is busy.
        Pmu before = machine.cpu().pmu().copy();
        machine.access(VA + 8 * 4096, false);
        Pmu seen = machine.cpu().pmu().since(before);
        assertEquals(START + 580, quiet.walkCycles(0, seen));
        assertEquals(START + 580 * 2.3, new CostModel(HASWELL, 1 << 2).walkCycles(0, seen), 1e-9);
        assertEquals(1, seen.walkReads(1, Pmu.MEMORY + 2));
    }

    @Test
    void aHitInEitherTlbWalksNothing() {
        machine.populateCold(VA, 100 * 4096, true);
        for (int page = 0; page < 100; page++) {
            machine.access(VA + page * 4096L, false);
        }
        Pmu before = machine.cpu().pmu().copy();
        machine.access(VA, false);
        machine.access(VA + 99 * 4096L, false);
        Pmu seen = machine.cpu().pmu().since(before);
        // Page 0 has left the 64 entries of the first level, page 99 has not.
        assertEquals(1, seen.l1TlbMisses);
        assertEquals(0, seen.stlbMisses);
        assertEquals(0, seen.walks);
    }

    @Test
    void aHugePageNeedsThreeLevels() {
        SmallMachine huge = new SmallMachine(HASWELL, KernelSettings.DEFAULT.withThp(true), 1 << 12);
        huge.populateCold(VA, 4096, true);
        huge.access(VA + 12345, false);
        assertEquals(START + 3 * 280, quiet.walkCycles(0, huge.cpu().pmu()));
        assertEquals(1, huge.cpu().pmu().walkReads(2, Pmu.MEMORY));
    }

    @Test
    void aPageOfOneGibibyteNeedsTwoLevels() {
        long va = 1L << 40;
        machine.kernel.mmap(
                machine.task, va, 1L << 30, SmallMachine.RW, SmallMachine.ANON | Abi.MAP_HUGETLB | Abi.MAP_HUGE_1GB);
        machine.populateCold(va, 1L << 30, true);
        Pmu before = machine.cpu().pmu().copy();
        machine.access(va + 777_777_777, false);
        machine.access(va + 5, true);
        Pmu seen = machine.cpu().pmu().since(before);
        // Level 4 and level 3 from local memory; then one entry covers all of it.
        assertEquals(1, seen.walks);
        assertEquals(START + 2 * 280, quiet.walkCycles(0, seen));
        assertEquals(1, seen.walkReads(3, Pmu.MEMORY));
    }

    @Test
    void fiveLevelsReadOneTableMore() {
        SmallMachine five = new SmallMachine(HASWELL, KernelSettings.DEFAULT.withLevels(5), 1 << 12);
        five.populateCold(VA, 16 * 4096, true);
        five.access(VA, false);
        assertEquals(START + 5 * 280, quiet.walkCycles(0, five.cpu().pmu()));
        // With the way to the leaf table in the walk caches five levels are as short as four.
        Pmu before = five.cpu().pmu().copy();
        five.access(VA + 8 * 4096, false);
        assertEquals(START + 280, quiet.walkCycles(0, five.cpu().pmu().since(before)));
    }

    /** What is left of a walk when the caches of upper levels know their tables down to a level. */
    @Test
    void eachWalkCacheSavesTheLevelsAboveIt() {
        long table = 2L << 20;
        long directory = 1L << 30;
        // A leaf table away: the directory is known (level 3), its entry and the leaf are read.
        assertEquals(START + 2 * 280, afterOne(8 * table));
        // A directory away: level 4 is known, three are read.
        assertEquals(START + 3 * 280, afterOne(8 * directory));
        // All that is known is the root.
        assertEquals(START + 4 * 280, afterOne(8L << 39));
    }

    /** The walk of a page so far from one that has been walked; each word in a line of its own. */
    private double afterOne(long bytes) {
        SmallMachine two = new SmallMachine(HASWELL, KernelSettings.DEFAULT, 1);
        two.kernel.mmap(two.task, VA + bytes, 4096, SmallMachine.RW, SmallMachine.ANON);
        two.kernel.populate(two.task, VA, 4096, true);
        two.populateCold(VA + bytes, 4096, true);
        two.access(VA, false);
        Pmu before = two.cpu().pmu().copy();
        two.access(VA + bytes, false);
        return quiet.walkCycles(0, two.cpu().pmu().since(before));
    }

    @Test
    void aStoreThroughACleanEntryIsAssisted() {
        // A page of its own from the first read on: with the zero page the store would fault.
        SmallMachine own = new SmallMachine(HASWELL, KernelSettings.DEFAULT.withZeroPage(false), 1 << 12);
        own.populateCold(VA, 4096, false);
        own.access(VA, false);
        own.access(VA, true);
        own.access(VA, true);
        assertEquals(1, own.cpu().pmu().dirtyAssists);
    }

    @Test
    void aFaultIsHandledAndTheAccessTriedAgain() {
        machine.access(VA, true);
        assertEquals(1, machine.cpu().pmu().faults);
        assertEquals(2, machine.cpu().pmu().walks);
        assertEquals(0, machine.cpu().pmu().unexplained);
        machine.access(VA - 4096, true);
        assertEquals(1, machine.cpu().pmu().unexplained);
    }

    @Test
    void runtimeIsTheSumOfWhatIsNotHidden() {
        machine.populateCold(VA, 4096, true);
        AccessBatch batch = new AccessBatch(1);
        batch.add(VA, false);
        batch.instructions = 100;
        machine.cpu().run(batch);
        Pmu seen = machine.cpu().pmu().copy();
        seen.kernelCycles = 7;
        // 100 * 0.5 for instructions, 35 + 1120 for the walk, 280 for the line, 7 in the kernel.
        assertEquals(
                50 + START + 1120 + 280 + 7,
                quiet.cycles(0, seen, new WorkloadTraits(0.5, 1, 1)).runtime(),
                1e-9);
        // A tenth of the line's latency and half of the walk are waited for.
        assertEquals(
                50 + (START + 1120) / 2.0 + 28 + 7,
                quiet.cycles(0, seen, new WorkloadTraits(0.5, 10, 0.5)).runtime(),
                1e-9);
    }

    /** What a fork or a change of protection leaves: D is set, and W is not. */
    @Test
    void aStoreThroughAReadOnlyTranslationFaultsThoughDIsSet() {
        machine.populateCold(VA, 4096, true);
        machine.access(VA, true);
        machine.kernel.mprotect(machine.task, VA, 4096, Abi.PROT_READ);
        machine.access(VA, false);
        assertEquals(0, machine.cpu().pmu().unexplained);
        machine.access(VA, true);
        assertEquals(1, machine.cpu().pmu().unexplained, "the kernel refuses the store");
    }
}
