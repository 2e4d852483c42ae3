package dev.mitosis.halsim;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.cpu.Cpu;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.mm.KernelSettings;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a board counts of the caches of other sockets. */
class OtherCachesTest {
    private static final long VA = SmallMachine.VA;
    private static final int LINES = 64;

    /** Reads all lines of a page. */
    private static void read(Cpu cpu, long page) {
        AccessBatch batch = new AccessBatch(LINES);
        for (int line = 0; line < LINES; line++) {
            batch.add(page + 64L * line, false);
        }
        cpu.run(batch);
    }

    @ParameterizedTest
    @ValueSource(strings = {"4s-haswell-ex", "4s-cascade-lake"})
    void oneReadOfThirtyOneIsLookedForInTheCachesOfOtherSockets(String name) {
        MachineProfile profile = MachineProfile.load(name);
        SmallMachine machine = new SmallMachine(profile, KernelSettings.DEFAULT, 16);
        machine.populateCold(VA, 2 * 4096, true);
        int other = profile.coresPerNode();
        machine.kernel.clone(machine.task, other);
        read(machine.board.cpu(other), VA);
        read(machine.cpu(), VA);
        assertEquals(0, machine.cpu().pmu().dataReadsHeld(Pmu.MEMORY), "nobody watches yet");
        machine.board.emptyCaches();
        read(machine.board.cpu(other), VA);
        machine.board.watchOtherCaches(true);
        // 64 lines from memory, in the caches of node 1: the 31st and the 62nd stand for 62.
        read(machine.cpu(), VA);
        assertEquals(62, machine.cpu().pmu().dataReadsHeld(Pmu.MEMORY));
        // Two more, and the 93rd and 124th read are of a page that nobody else has read.
        read(machine.cpu(), VA + 4096);
        assertEquals(62, machine.cpu().pmu().dataReadsHeld(Pmu.MEMORY));
        assertEquals(0, machine.board.cpu(other).pmu().dataReadsHeld(Pmu.MEMORY));
        machine.board.watchOtherCaches(false);
        machine.board.emptyCaches();
        read(machine.board.cpu(other), VA);
        read(machine.cpu(), VA);
        assertEquals(62, machine.cpu().pmu().since(new Pmu(profile.nodes())).dataReadsHeld(Pmu.MEMORY));
    }
}
