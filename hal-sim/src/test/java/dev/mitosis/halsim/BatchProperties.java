package dev.mitosis.halsim;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mitosis.mm.KernelSettings;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** How accesses are cut into batches changes nothing: counters and entries come out the same. */
class BatchProperties {
    private static final int PAGES = 3000;
    private static final int ACCESSES = 4000;
    private static final MachineProfile PROFILE = MachineProfile.load("2s-cascade-lake");

    @Property(tries = 20)
    void batchesOfAnySizeGiveTheSameCounters(@ForAll long seed) {
        SmallMachine one = run(seed, 1);
        // To look at an entry is work of the kernel as well.
        long[] expected = counters(one.cpu().pmu());
        for (int size : new int[] {7, 256, 1024}) {
            SmallMachine other = run(seed, size);
            assertArrayEquals(expected, counters(other.cpu().pmu()), "batches of " + size);
            for (int page = 0; page < PAGES; page++) {
                long va = SmallMachine.VA + ((long) page << 12);
                assertEquals(
                        one.kernel.translate(one.task.mm(), va),
                        other.kernel.translate(other.task.mm(), va),
                        "entry of page " + page + " after batches of " + size);
            }
        }
    }

    @Property(tries = 5)
    void theSameSeedGivesTheSameCounters(@ForAll long seed) {
        assertArrayEquals(
                counters(run(seed, 256).cpu().pmu()),
                counters(run(seed, 256).cpu().pmu()));
    }

    /** Runs of accesses between unmappings and protection changes, which come after the same accesses in each. */
    private static SmallMachine run(long seed, int batchSize) {
        SmallMachine machine = new SmallMachine(PROFILE, KernelSettings.DEFAULT, PAGES);
        Random random = new Random(seed);
        AccessBatch batch = new AccessBatch(batchSize);
        for (int round = 0; round < 4; round++) {
            for (int i = 0; i < ACCESSES / 4; i++) {
                if (batch.isFull()) {
                    machine.cpu().run(batch);
                    batch.clear();
                }
                long va = SmallMachine.VA + ((long) random.nextInt(PAGES) << 12) + 8L * random.nextInt(512);
                batch.add(va, random.nextInt(3) == 0);
                batch.instructions += 3;
            }
            machine.cpu().run(batch);
            batch.clear();
            long va = SmallMachine.VA + ((long) random.nextInt(PAGES - 100) << 12);
            machine.kernel.munmap(machine.task, va, 50 << 12);
            machine.kernel.mmap(machine.task, va, 50 << 12, SmallMachine.RW, SmallMachine.ANON);
            machine.kernel.migrate(machine.task, 0);
        }
        return machine;
    }

    private static long[] counters(Pmu pmu) {
        long[] counters = new long[Pmu.LEVELS * pmu.sources() + pmu.sources() + 8];
        int at = 0;
        for (int level = 0; level < Pmu.LEVELS; level++) {
            for (int source = 0; source < pmu.sources(); source++) {
                counters[at++] = pmu.walkReads(level, source);
            }
        }
        for (int source = 0; source < pmu.sources(); source++) {
            counters[at++] = pmu.dataReads(source);
        }
        for (long count : new long[] {
            pmu.accesses,
            pmu.entries,
            pmu.instructions,
            pmu.l1TlbMisses,
            pmu.stlbMisses,
            pmu.walks,
            pmu.faults,
            pmu.kernelCycles
        }) {
            counters[at++] = count;
        }
        assertEquals(ACCESSES, pmu.entries);
        return counters;
    }
}
