package dev.mitosis.lab;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.run.Configuration;
import dev.mitosis.lab.run.RunResult;
import dev.mitosis.lab.run.SyntheticRun;
import dev.mitosis.replication.policy.PolicyRegistry;
import dev.mitosis.workloads.synthetic.Gups;
import org.junit.jupiter.api.Test;

/** The orderings of the papers' GUPS rows, on a small table and a small cache. */
class GupsPlacementTest {
    private static final MachineProfile MACHINE =
            MachineProfile.load("4s-haswell-ex").withLastLevelShare(0.02);

    private static RunResult run(String name) {
        Configuration configuration = Configuration.parse(name);
        return new SyntheticRun(
                        MACHINE, new Gups(2L << 30), configuration, PolicyRegistry.find(configuration.policy()), 1)
                .run(400_000, done -> {});
    }

    private static double cycles(String name) {
        RunResult result = run(name);
        assertEquals(0, result.counts().unexplained);
        return result.cycles().runtime() / result.counts().accesses;
    }

    @Test
    void remoteTablesAreSlowerContendedOnesSlowerStillAndMigratedOnesAsFastAsLocal() {
        double local = cycles("LP-LD");
        double remote = cycles("RP-LD");
        double contended = cycles("RPI-LD");
        assertTrue(remote > 1.3 * local, remote + " against " + local);
        assertTrue(contended > 1.5 * remote, contended + " against " + remote);
        assertEquals(local, cycles("RP-LD+M"), 0.03 * local);
        assertEquals(local, cycles("RPI-LD+M"), 0.03 * local);
    }

    @Test
    void hugePagesMakePlacementIrrelevant() {
        assertEquals(cycles("TLP-LD"), cycles("TRP-LD"), 0.02 * cycles("TLP-LD"));
    }

    @Test
    void replicasAreLocalSeenFromEverySocket() {
        RunResult firstTouch = run("F");
        RunResult replicated = run("F+M");
        for (int node = 0; node < 4; node++) {
            assertEquals(75, firstTouch.leafRemotePercent()[node], 1, "seen from socket " + node);
            assertEquals(0, replicated.leafRemotePercent()[node]);
        }
        assertTrue(replicated.cycles().runtime() < 0.9 * firstTouch.cycles().runtime());
        assertEquals(firstTouch.dataBytes()[1], replicated.dataBytes()[1]);
    }

    @Test
    void whatCannotBeIsRefused() {
        assertThrows(IllegalArgumentException.class, () -> Configuration.parse("XP-LD"));
        Configuration thin = Configuration.parse("RP-LD");
        assertThrows(
                IllegalArgumentException.class,
                () -> new SyntheticRun(
                        MACHINE.withSockets(1), new Gups(1L << 20), thin, PolicyRegistry.find("first-touch"), 1));
        IllegalArgumentException tooBig = assertThrows(IllegalArgumentException.class, () -> new SyntheticRun(
                        MACHINE, new Gups(256L << 30), thin, PolicyRegistry.find("first-touch"), 1)
                .run(1000, done -> {}));
        assertTrue(String.valueOf(tooBig.getMessage()).contains("does not fit"), tooBig.getMessage());
    }
}
