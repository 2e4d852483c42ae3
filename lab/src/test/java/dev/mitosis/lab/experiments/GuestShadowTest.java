package dev.mitosis.lab.experiments;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.experiments.Experiment.Listener;
import dev.mitosis.lab.score.Figure;
import dev.mitosis.workloads.synthetic.Gups;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What shadow tables save and cost, as it follows from what they are: on a small table and a small cache. */
class GuestShadowTest {
    private static final MachineProfile MACHINE =
            MachineProfile.load("4s-cascade-lake").withLastLevelShare(0.02);

    private static double pace(Figure figure, String what, String config) {
        return figure.rows().stream()
                .filter(row ->
                        row.workload().equals("gups, " + what) && row.config().equals(config))
                .findFirst()
                .orElseThrow()
                .predicted();
    }

    @Test
    void walksAreThoseOfNoGuestAndChangesAreDear() {
        Figure figure = new GuestShadow(MACHINE, new Gups(2L << 30))
                .run(new ExperimentSettings(1, 1, true, Optional.empty()), Listener.NONE);
        double shadow = pace(figure, "steady", "shadow");
        assertEquals(pace(figure, "steady", "no guest"), shadow, 0.03 * shadow);
        assertTrue(shadow > 130, "beside extended tables: " + shadow);
        double remote = pace(figure, "steady", "shadow, remote, busy");
        assertTrue(remote < 0.7 * shadow, remote + " against " + shadow);
        assertEquals(shadow, pace(figure, "steady", "shadow, copies"), 0.01 * shadow);
        double first = pace(figure, "first use", "shadow");
        assertTrue(first < 80, "a trap and a fault more: " + first);
        // Two stores of an entry trap, and a fault makes the shadow's again: 11,000 cycles.
        double protect = pace(figure, "protect", "shadow");
        assertTrue(protect < 5, "beside extended tables: " + protect);
        assertTrue(pace(figure, "protect", "shadow, copies") < protect, "copies are written too");
    }
}
