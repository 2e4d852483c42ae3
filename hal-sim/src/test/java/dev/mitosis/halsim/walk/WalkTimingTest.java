package dev.mitosis.halsim.walk;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mitosis.halsim.SmallMachine;
import dev.mitosis.halsim.cost.CostModel;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.x86.PagingLevel;
import org.junit.jupiter.api.Test;

/**
 * The cycles of every walk that has a shape: three page sizes, four and five levels, each state of the walk caches, tables near and far,
 * a node at rest and a busy one.
 *
 * <p>A walk that begins below level {@code known} reads the entries of levels {@code known - 1} down to the leaf's, each from memory, for
 * each stands in a line of its own.
 */
class WalkTimingTest {
    private static final long VA = SmallMachine.VA;
    private static final MachineProfile HASWELL = MachineProfile.load("4s-haswell-ex");
    /** What a walk costs before its first read. */
    private static final int START = 35;

    private static final int LOCAL = 280;
    private static final int REMOTE = 580;
    /** Of a busy node's memory. */
    private static final double CONTENDED = 2.3;

    private static final int FAR_NODE = 2;

    @Test
    void fourLevels() {
        eachPageSize(4);
    }

    @Test
    void fiveLevels() {
        eachPageSize(5);
    }

    private static void eachPageSize(int levels) {
        for (int leaf = 1; leaf <= 3; leaf++) {
            for (int known = leaf + 1; known <= levels + 1; known++) {
                for (int node : new int[] {0, FAR_NODE}) {
                    walk(levels, leaf, known, node);
                }
            }
        }
    }

    private static void walk(int levels, int leaf, int known, int node) {
        Pmu seen = secondWalk(levels, leaf, known, node);
        String shape = levels + " levels, leaf at " + leaf + ", known at " + known + ", tables on " + node;
        assertEquals(1, seen.walks, shape);
        int reads = known - leaf;
        // The root was there before the kernel was told where tables go: it is local.
        int ofRoot = known > levels ? 1 : 0;
        int local = node == 0 ? reads : ofRoot;
        int remote = reads - local;
        for (int level = 1; level <= levels; level++) {
            long expected = level >= leaf && level < known ? 1 : 0;
            int source = Pmu.MEMORY + (level == levels ? 0 : node);
            assertEquals(expected, seen.walkReads(level, source), shape + ": reads of level " + level);
        }
        assertEquals(START + local * LOCAL + remote * REMOTE, cycles(seen, 0), 1e-9, shape);
        assertEquals(
                START + local * LOCAL * CONTENDED + remote * REMOTE, cycles(seen, 1), 1e-9, shape + ", node 0 busy");
        assertEquals(
                START + local * LOCAL + remote * REMOTE * CONTENDED,
                cycles(seen, 1L << FAR_NODE),
                1e-9,
                shape + ", far node busy");
    }

    private static double cycles(Pmu seen, long busyNodes) {
        return new CostModel(HASWELL, busyNodes).walkCycles(0, seen);
    }

    /** The walk of a page that shares the way down to level {@code known} with one that has been walked. */
    private static Pmu secondWalk(int levels, int leaf, int known, int node) {
        KernelSettings settings = KernelSettings.DEFAULT.withLevels(levels).withThp(leaf == 2);
        SmallMachine machine = new SmallMachine(HASWELL, settings, 1);
        machine.kernel.munmap(machine.task, VA, 1 << 12);
        machine.task.mm().setTableNode(node);
        // Eight entries away: the next line of a table.
        long otherVa = VA + 8 * PagingLevel.spanBytes(known - 1);
        int flags = SmallMachine.ANON | (leaf == 3 ? Abi.MAP_HUGETLB | Abi.MAP_HUGE_1GB : 0);
        long bytes = PagingLevel.spanBytes(leaf);
        for (long va : new long[] {VA, otherVa}) {
            machine.kernel.mmap(machine.task, va, bytes, SmallMachine.RW, flags);
            machine.kernel.populate(machine.task, va, bytes, true);
        }
        machine.board.emptyCaches();
        machine.access(VA, false);
        Pmu before = machine.cpu().pmu().copy();
        machine.access(otherVa, false);
        return machine.cpu().pmu().since(before);
    }
}
