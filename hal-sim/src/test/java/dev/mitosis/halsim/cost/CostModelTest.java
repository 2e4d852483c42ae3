package dev.mitosis.halsim.cost;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mitosis.halsim.machine.MachineProfile;
import org.junit.jupiter.api.Test;

/** Cycles of counts that are made by hand. */
class CostModelTest {
    /** L1 4 cycles, L2 12, last level by its file; memory 280 near and 580 far. */
    private static final MachineProfile HASWELL = MachineProfile.load("4s-haswell-ex");

    private static final CostModel MODEL = new CostModel(HASWELL, 0);

    private static Pmu reads(int row, long l1, long l2, long last, long near, long far) {
        Pmu counts = new Pmu(HASWELL.nodes());
        long[] bySource = {l1, l2, last, near, far};
        for (int source = 0; source < bySource.length; source++) {
            counts.reads[row * counts.sources() + source] = bySource[source];
        }
        return counts;
    }

    @Test
    void aDataAccessWaitsForWhatAnswersItBeyondTheFirstLevel() {
        int l2 = HASWELL.l2().latencyCycles();
        int last = HASWELL.last().latencyCycles();
        assertEquals(
                0, MODEL.dataStallCycles(0, reads(0, 1000, 0, 0, 0, 0)), "what the first level answers is no wait");
        assertEquals(7.0 * l2, MODEL.dataStallCycles(0, reads(0, 0, 7, 0, 0, 0)));
        // 5 * L2 + 3 * last + 2 * 280 + 580
        assertEquals(5.0 * l2 + 3.0 * last + 2 * 280 + 580, MODEL.dataStallCycles(0, reads(0, 9, 5, 3, 2, 1)));
    }

    @Test
    void aReadOfATableWaitsForEveryLevelAlsoTheFirst() {
        Pmu counts = reads(1, 9, 5, 3, 2, 1);
        counts.walks = 4;
        double reads = 9.0 * HASWELL.l1().latencyCycles()
                + 5.0 * HASWELL.l2().latencyCycles()
                + 3.0 * HASWELL.last().latencyCycles()
                + 2 * 280
                + 580;
        assertEquals(4.0 * HASWELL.walkStartCycles() + reads, MODEL.walkCycles(0, counts));
        Pmu extended = reads(Pmu.EPT + 2, 9, 5, 3, 2, 1);
        assertEquals(reads, MODEL.walkCycles(0, extended));
        assertEquals(reads, MODEL.eptCycles(0, extended));
        assertEquals(0, MODEL.eptCycles(0, counts));
    }

    @Test
    void aBusyNodeAnswersLaterAndTheOthersDoNot() {
        CostModel busy = new CostModel(HASWELL, 0b10);
        assertEquals(280, busy.latencyCycles(0, Pmu.MEMORY));
        assertEquals(580 * HASWELL.contentionFactor(), busy.latencyCycles(0, Pmu.MEMORY + 1), 1e-9);
        assertEquals(580, busy.latencyCycles(0, Pmu.MEMORY + 2));
    }
}
