package dev.mitosis.halsim.cpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mitosis.hal.Frames;
import dev.mitosis.halsim.SimBoard;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.halsim.walk.TwoTrees;
import dev.mitosis.x86.Ept;
import dev.mitosis.x86.Pte;
import org.junit.jupiter.api.Test;

/** A processor that runs a guest forgets when it is told to, whatever it was told while it waited for its hypervisor. */
class GuestCpuTest {
    private static final long VA = 9L << 21;
    private static final long DATA = Frames.TABLE_ZONE_FRAMES;
    private static final int PCID = 1;

    private final SimBoard board = new SimBoard(MachineProfile.load("4s-cascade-lake"), 1);
    private final TwoTrees trees = new TwoTrees(4, 4, 1, 1, board.memory());
    private final Cpu cpu = board.cpu(0);
    private int violations;

    @Test
    void aViolationThatMakesItForgetIsFollowedByAWalkThatItKnowsAgain() {
        trees.map(VA, 0);
        trees.setEptEntry(DATA, 1, Pte.NONE);
        cpu.enterGuest(new Hypervisor(), trees.guest(), false);
        cpu.loadEpt(TwoTrees.eptRoot(), 4);
        cpu.loadGuestRoot(TwoTrees.guestRoot(), 4, PCID, true);
        AccessBatch batch = new AccessBatch(1);
        batch.add(VA, false);
        cpu.run(batch);
        assertEquals(1, violations);
        assertEquals(TwoTrees.behind(DATA), cpu.cachedFrame(VA));
        assertEquals(TwoTrees.behind(DATA), cpu.cachedHostFrame(DATA));

        // The page moves: what the walk after the violation found must go.
        trees.setEptEntry(DATA, 1, Ept.leaf(TwoTrees.behind(DATA) + 1, 1));
        cpu.invalidateEpt();
        assertEquals(-1, cpu.cachedFrame(VA));
        assertEquals(-1, cpu.cachedHostFrame(DATA));
        cpu.run(batch);
        assertEquals(TwoTrees.behind(DATA) + 1, cpu.cachedFrame(VA));
        assertEquals(1, violations);
    }

    /** Maps the frame, and makes processors forget, as when a huge page takes the place of a table. */
    private final class Hypervisor implements GuestTraps {
        @Override
        public boolean pageFault(int ofCpu, long va, int errorCode) {
            throw new IllegalStateException("no page is missing in the guest");
        }

        @Override
        public boolean eptViolation(int ofCpu, long guestFrame, boolean isWrite) {
            assertEquals(DATA, guestFrame);
            violations++;
            trees.back(guestFrame);
            cpu.invalidateEpt();
            return true;
        }
    }
}
