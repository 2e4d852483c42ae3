package dev.mitosis.halsim.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halsim.SmallMachine;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/**
 * How accesses are cut into batches changes nothing: counters of every processor and entries come out the same, under faults, flushes,
 * cleared A and D bits, D assists, and moves between processors.
 */
class BatchProperties {
    private static final int PAGES = 3000;
    private static final int ROUNDS = 8;
    private static final int ACCESSES = 4000;
    private static final int SPAN = 50;
    private static final MachineProfile PROFILE = MachineProfile.load("2s-cascade-lake");
    /** Of both sockets, and two of one. */
    private static final int[] CPUS = {0, 1, PROFILE.coresPerSocket()};

    @Property(tries = 15)
    void batchesOfAnySizeGiveTheSameCounters(@ForAll long seed, @ForAll boolean thp) {
        SmallMachine one = run(seed, 1, thp);
        // To look at an entry is work of the kernel as well.
        List<String> expected = counters(one);
        Pmu sum = new Pmu(PROFILE.nodes());
        for (int cpu : CPUS) {
            assertTrue(one.board.cpu(cpu).pmu().walks > 0, "processor " + cpu + " never walked");
            sum.add(one.board.cpu(cpu).pmu(), 1);
        }
        assertTrue(sum.faults > 0 && sum.shootdownEvents > 0 && sum.rootLoads > 0, "nothing happened");
        assertTrue(thp || sum.dirtyAssists > 0, "no store went through a clean entry");
        for (int size : new int[] {7, 256, 1024}) {
            SmallMachine other = run(seed, size, thp);
            assertEquals(expected, counters(other), "batches of " + size);
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
        assertEquals(counters(run(seed, 256, false)), counters(run(seed, 256, false)));
    }

    /** Runs of accesses between calls of the kernel, which come after the same accesses in each. */
    private static SmallMachine run(long seed, int batchSize, boolean thp) {
        // Without a zero page a page that was read is clean, and a store through it sets D.
        KernelSettings settings = KernelSettings.DEFAULT.withThp(thp).withZeroPage(false);
        SmallMachine machine = new SmallMachine(PROFILE, settings, PAGES);
        Task neighbour = machine.kernel.clone(machine.task, CPUS[1] + 1);
        Random random = new Random(seed);
        AccessBatch batch = new AccessBatch(batchSize);
        for (int round = 0; round < ROUNDS; round++) {
            Cpu cpu = machine.board.cpu(machine.task.cpu());
            for (int i = 0; i < ACCESSES / ROUNDS; i++) {
                if (batch.isFull()) {
                    cpu.run(batch);
                    batch.clear();
                }
                long va = SmallMachine.VA + ((long) random.nextInt(PAGES) << 12) + 8L * random.nextInt(512);
                batch.add(va, random.nextInt(3) == 0);
                batch.instructions += 3;
            }
            cpu.run(batch);
            batch.clear();
            change(machine, neighbour, round, SmallMachine.VA + ((long) random.nextInt(PAGES - SPAN) << 12));
        }
        return machine;
    }

    private static void change(SmallMachine machine, Task neighbour, int round, long va) {
        switch (round % 4) {
            case 0 -> {
                machine.kernel.munmap(machine.task, va, SPAN << 12);
                machine.kernel.mmap(machine.task, va, SPAN << 12, SmallMachine.RW, SmallMachine.ANON);
            }
            case 1 -> {
                // A and D are cleared, and the processors that know the pages forget them.
                machine.kernel.madvise(machine.task, va, SPAN << 12, Abi.MADV_COLD);
                machine.kernel.madvise(machine.task, SmallMachine.VA, PAGES << 12, Abi.MADV_FREE);
            }
            case 2 -> {
                // Another processor's call interrupts this one.
                machine.kernel.mprotect(neighbour, va, SPAN << 12, Abi.PROT_READ);
                machine.kernel.mprotect(neighbour, va, SPAN << 12, SmallMachine.RW);
            }
            default -> machine.kernel.migrateData(machine.task.mm(), round / 4 % 2);
        }
        machine.kernel.migrate(machine.task, CPUS[(round + 1) % CPUS.length]);
    }

    private static List<String> counters(SmallMachine machine) {
        List<String> counters = new ArrayList<>();
        long entries = 0;
        for (int cpu : CPUS) {
            Pmu pmu = machine.board.cpu(cpu).pmu();
            StringBuilder line = new StringBuilder("processor " + cpu + ":");
            for (int level = 0; level < Pmu.LEVELS; level++) {
                for (int source = 0; source < pmu.sources(); source++) {
                    line.append(' ').append(level == 0 ? pmu.dataReads(source) : pmu.walkReads(level, source));
                }
            }
            for (long count : new long[] {
                pmu.accesses,
                pmu.entries,
                pmu.instructions,
                pmu.l1TlbMisses,
                pmu.stlbMisses,
                pmu.walks,
                pmu.dirtyAssists,
                pmu.faults,
                pmu.unexplained,
                pmu.systemCalls,
                pmu.shootdownEvents,
                pmu.shootdownIpis,
                pmu.rootLoads,
                pmu.kernelCycles
            }) {
                line.append(' ').append(count);
            }
            counters.add(line.toString());
            entries += pmu.entries;
        }
        assertEquals(ACCESSES, entries);
        return counters;
    }
}
