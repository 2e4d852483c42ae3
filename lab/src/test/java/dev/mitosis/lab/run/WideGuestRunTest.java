package dev.mitosis.lab.run;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halsim.cost.CostModel;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.workloads.synthetic.Gups;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Copies of both trees in a guest on all sockets, however the guest finds out where its vCPUs are. */
class WideGuestRunTest {
    private static final MachineProfile MACHINE =
            MachineProfile.load("4s-cascade-lake").withLastLevelShare(0.02);
    private static final long ACCESSES = 1_000_000;

    /** Where data is differs between the views, so walks are compared: cycles of each, as a socket's own latencies make them. */
    private static double walkCycles(GuestView view, boolean withCopies) {
        WideGuestRun run = new WideGuestRun(MACHINE, new Gups(4L << 30), view, false, false, true, 1);
        if (withCopies) {
            run.replicate();
        }
        List<Pmu> counts = run.run(ACCESSES, ACCESSES);
        CostModel costs = new CostModel(MACHINE, 0);
        double cycles = 0;
        long walks = 0;
        for (int node = 0; node < counts.size(); node++) {
            cycles += costs.walkCycles(node, counts.get(node));
            walks += counts.get(node).walks;
        }
        return cycles / walks;
    }

    @Test
    void withRightGroupsAGuestThatSeesNothingWalksLikeOneThatSees() {
        double visible = walkCycles(GuestView.VISIBLE, true);
        double told = walkCycles(GuestView.PARAVIRTUAL, true);
        double found = walkCycles(GuestView.FULLY_VIRTUAL, true);
        assertEquals(told, found, 0.03 * told, "NO-P and NO-F");
        assertEquals(visible, found, 0.03 * visible, "NV and NO-F");
        double without = walkCycles(GuestView.FULLY_VIRTUAL, false);
        assertTrue(without > 1.3 * found, without + " without copies, with them " + found);
    }
}
