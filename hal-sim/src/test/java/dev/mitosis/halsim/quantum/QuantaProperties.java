package dev.mitosis.halsim.quantum;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halsim.SimBoard;
import dev.mitosis.halsim.SmallMachine;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.x86.Pte;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** However many host threads share the sockets, the machine comes out the same, bit for bit. */
class QuantaProperties {
    private static final int PAGES = 1200;
    private static final int QUANTA = 6;
    private static final MachineProfile PROFILE = MachineProfile.load("4s-haswell-ex");

    @Property(tries = 8)
    void anyNumberOfHostThreadsGivesTheSame(@ForAll long seed) {
        SmallMachine one = run(seed, 1);
        long[] expected = counters(one);
        assertTrue(one.cpu().pmu().faults > 0, "no faults at the barrier");
        assertEquals((long) QUANTA * AccessBatch.DEFAULT_CAPACITY, one.cpu().pmu().accesses, "each counts once");
        assertTrue(one.cpu().pmu().dirtyAssists > 0, "no bits set within a quantum");
        assertTrue(countDirty(one) > PAGES / 2, "few stores arrived in the tables");
        for (int hostThreads : new int[] {2, 4}) {
            SmallMachine other = run(seed, hostThreads);
            assertArrayEquals(expected, counters(other), hostThreads + " host threads");
            for (int page = 0; page < PAGES; page++) {
                long va = SmallMachine.VA + ((long) page << 12);
                assertEquals(
                        one.kernel.translate(one.task.mm(), va),
                        other.kernel.translate(other.task.mm(), va),
                        "entry of page " + page + " after " + hostThreads + " host threads");
            }
        }
    }

    private static int countDirty(SmallMachine machine) {
        int dirty = 0;
        for (int page = 0; page < PAGES; page++) {
            long entry = machine.kernel.translate(machine.task.mm(), SmallMachine.VA + ((long) page << 12));
            dirty += (entry & Pte.DIRTY) != 0 ? 1 : 0;
        }
        return dirty;
    }

    private static SmallMachine run(long seed, int hostThreads) {
        SmallMachine machine = new SmallMachine(PROFILE, KernelSettings.DEFAULT.withZeroPage(false), PAGES);
        machine.kernel.populate(machine.task, SmallMachine.VA, PAGES - 100 << 12, false);
        int[] cpus = new int[8];
        Random[] randoms = new Random[machine.board.cpus()];
        for (int i = 0; i < cpus.length; i++) {
            cpus[i] = i / 2 * PROFILE.coresPerSocket() + i % 2;
            randoms[cpus[i]] = new Random(seed + i);
            if (i > 0) {
                machine.kernel.clone(machine.task, cpus[i]);
            }
        }
        try (Quanta quanta = new Quanta(machine.board, cpus, hostThreads)) {
            for (int i = 0; i < QUANTA; i++) {
                long accesses = quanta.run((cpu, batch) -> {
                    while (!batch.isFull()) {
                        long va = SmallMachine.VA + ((long) randoms[cpu].nextInt(PAGES) << 12);
                        batch.add(va + 8L * randoms[cpu].nextInt(512), randoms[cpu].nextInt(3) == 0);
                    }
                });
                assertEquals((long) cpus.length * AccessBatch.DEFAULT_CAPACITY, accesses);
            }
        }
        return machine;
    }

    private static long[] counters(SmallMachine machine) {
        SimBoard board = machine.board;
        List<Long> counters = new ArrayList<>();
        for (int cpu = 0; cpu < board.cpus(); cpu++) {
            Pmu pmu = board.cpu(cpu).pmu();
            counters.addAll(List.of(
                    pmu.accesses,
                    pmu.entries,
                    pmu.l1TlbMisses,
                    pmu.stlbMisses,
                    pmu.walks,
                    pmu.faults,
                    pmu.dirtyAssists,
                    pmu.kernelCycles,
                    pmu.unexplained));
            for (int source = 0; source < pmu.sources(); source++) {
                counters.add(pmu.dataReads(source));
                for (int level = 1; level < Pmu.LEVELS; level++) {
                    counters.add(pmu.walkReads(level, source));
                }
            }
        }
        return counters.stream().mapToLong(Long::longValue).toArray();
    }
}
