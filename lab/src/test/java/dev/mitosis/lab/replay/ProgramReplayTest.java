package dev.mitosis.lab.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.machine.Machine;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.replication.policy.PolicyRegistry;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

/** Events that do not fit together end a replay with a reason, whoever wrote the trace. */
class ProgramReplayTest {
    private static final long VA = 1L << 36;

    private final Machine machine = new Machine(
            MachineProfile.load("2s-ice-lake"), KernelSettings.DEFAULT, PolicyRegistry.find("first-touch"), 1);
    private final ProgramReplay replay =
            new ProgramReplay(machine, ThreadPlacement.spread(machine.board().topology()));

    @BeforeEach
    void start() {
        replay.processStarted(0, -1, false, "program");
        replay.threadStarted(0, 0);
        replay.systemCall(0, 0, 9, new long[] {0, 4096, 3, 0x22, -1, 0}, VA);
    }

    private static String refusal(Executable event) {
        return String.valueOf(
                assertThrows(IllegalArgumentException.class, event).getMessage());
    }

    private void touch(int thread) {
        AccessBatch batch = new AccessBatch();
        batch.add(VA, true);
        replay.accesses(0, thread, batch);
    }

    @Test
    void whatRunsAlreadyDoesNotStartAgain() {
        assertEquals(
                "the trace starts process 0, which runs already",
                refusal(() -> replay.processStarted(0, -1, false, "program")));
        replay.threadStarted(0, 1);
        assertEquals("the trace starts thread 0, which runs already", refusal(() -> replay.threadStarted(0, 0)));
    }

    @Test
    void afterAnExecTheThreadBeginsAnewUnderItsNumber() {
        replay.threadStarted(0, 1);
        replay.processStarted(0, 0, false, "its new image");
        replay.threadStarted(0, 0);
        replay.systemCall(0, 0, 9, new long[] {0, 4096, 3, 0x22, -1, 0}, VA);
        touch(0);
        assertEquals(1, replay.tasks().size());
        assertEquals("the trace speaks of thread 1, which does not run", refusal(() -> touch(1)));
    }

    @Test
    void aThreadEndsInItsOwnProcessOnly() {
        replay.processStarted(1, 0, false, "child");
        replay.threadStarted(1, 7);
        replay.threadStarted(1, 8);
        replay.threadStarted(0, 1);
        assertEquals(
                "the trace ends thread 7 in process 0, which it is none of", refusal(() -> replay.threadExited(0, 7)));
        replay.threadExited(1, 8);
        replay.processExited(1, 0);
        assertEquals(2, replay.tasks().size());
    }

    @Test
    void whatNeverStartedIsNamed() {
        assertEquals("the trace speaks of process 5, which never started", refusal(() -> replay.threadStarted(5, 1)));
        assertEquals("the trace speaks of thread 5, which does not run", refusal(() -> touch(5)));
        assertEquals(
                "the trace speaks of process 5, which never started",
                refusal(() -> replay.processStarted(6, 5, false, "child")));
    }

    @Test
    void moreMappingsThanAKernelHasAreRefusedWithTheReason() {
        String refusal = refusal(() -> {
            // Every second page: none joins its neighbour.
            for (long page = 0; page < 70_000; page++) {
                replay.initialMapping(0, 0x6000 + page * 8192, 0x7000 + page * 8192, 3, "");
            }
        });
        assertTrue(
                refusal.startsWith("the trace has a mapping of ")
                        && refusal.endsWith(", which the simulated kernel refuses: ENOMEM:"
                                + " the process's maximum number of mappings would be exceeded"),
                refusal);
    }

    @Test
    void thereIsABoundOfProcesses() {
        for (int process = 1; process < ProgramReplay.MAX_PROCESSES; process++) {
            replay.processStarted(process, 0, false, "child");
        }
        assertEquals(
                "the trace has more than 2048 processes at once, which are not replayed",
                refusal(() -> replay.processStarted(ProgramReplay.MAX_PROCESSES, 0, false, "child")));
        replay.processExited(3, 0);
        replay.processStarted(ProgramReplay.MAX_PROCESSES, 0, false, "child");
    }

    /** What a program touches below its stack is the stack's, down to its limit: 8 MiB. */
    @Test
    void theStackGrows() {
        long top = 0x7fff_0000_0000L;
        replay.initialMapping(0, top - 8192, top, 3, "[stack]");
        replay.initialMapping(0, top + 8192, top + 16384, 3, "");
        AccessBatch batch = new AccessBatch();
        batch.add(top - (4L << 20), true);
        replay.accesses(0, 0, batch);
        assertEquals(0, unexplained());
        batch.clear();
        batch.add(top - (9L << 20), true);
        replay.accesses(0, 0, batch);
        assertEquals(1, unexplained());
        batch.clear();
        batch.add(top + 4096, true);
        replay.accesses(0, 0, batch);
        assertEquals(2, unexplained(), "another area does not grow");
    }

    private long unexplained() {
        long sum = 0;
        for (int node = 0; node < 2; node++) {
            sum += machine.board().sumOfNode(node).unexplained;
        }
        return sum;
    }
}
