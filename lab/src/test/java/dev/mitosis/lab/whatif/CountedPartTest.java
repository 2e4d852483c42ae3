package dev.mitosis.lab.whatif;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.machine.Machine;
import dev.mitosis.lab.replay.ProgramReplay;
import dev.mitosis.lab.replay.ThreadPlacement;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.replication.policy.PolicyRegistry;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What is counted once, however often one looks. */
class CountedPartTest {
    private static final long VA = 1L << 36;
    private static final int PAGES = 64;

    private final Machine machine = new Machine(
            MachineProfile.load("2s-ice-lake"), KernelSettings.DEFAULT, PolicyRegistry.find("first-touch"), 1);
    private final ProgramReplay replay =
            new ProgramReplay(machine, ThreadPlacement.spread(machine.board().topology()));
    private final CountedPart counted = new CountedPart(machine.board(), replay);

    CountedPartTest() {
        replay.processStarted(0, -1, false, "program");
        replay.threadStarted(0, 0);
        replay.systemCall(0, 0, 9, new long[] {0, PAGES << 12, 3, 0x22, -1, 0}, VA);
    }

    private void touchAll() {
        AccessBatch batch = new AccessBatch();
        for (long page = 0; page < PAGES; page++) {
            batch.add(VA + (page << 12), true);
        }
        replay.accesses(0, 0, batch);
    }

    private static long accesses(Pmu[] counts) {
        return Arrays.stream(counts).mapToLong(count -> count.accesses).sum();
    }

    @Test
    void lookingDoesNotCount() {
        touchAll();
        assertEquals(PAGES, accesses(counted.soFar()));
        assertEquals(PAGES, accesses(counted.soFar()));
        touchAll();
        assertEquals(2 * PAGES, accesses(counted.estimate()));
        assertEquals(2 * PAGES, accesses(counted.estimate()));
    }

    @Test
    void askingWhatAThreadCanReadTakesNobodysTime() {
        touchAll();
        long before = machine.board().cpu(0).pmu().kernelCycles;
        assertTrue(replay.canRead(0, VA));
        assertFalse(replay.canRead(0, VA + (PAGES << 12)));
        assertFalse(replay.canRead(1, VA));
        assertEquals(before, machine.board().cpu(0).pmu().kernelCycles);
    }

    @Test
    void whatWasCountedBeforeAMoveStaysWhatItWas() {
        touchAll();
        Pmu[] before = counted.soFar();
        counted.restart();
        touchAll();
        touchAll();
        assertEquals(2 * PAGES, accesses(counted.estimate()));
        assertEquals(PAGES, accesses(before));
    }
}
