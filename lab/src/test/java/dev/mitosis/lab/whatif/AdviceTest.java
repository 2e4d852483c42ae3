package dev.mitosis.lab.whatif;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halsim.cost.CostModel;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.lab.run.RunResult;
import dev.mitosis.lab.run.WalkReadKinds;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Which policy is named, and why none is: on rows that are made by hand. */
class AdviceTest {
    private static final long LAST_LEVEL_BYTES = 32L << 20;

    /** A run of 1000 cycles, of which some are walks, and leaf reads by what answered. */
    private static RunResult result(String policy, double walkCycles, long local, long remote, long cached) {
        long[][] reads = new long[Pmu.LEVELS][3];
        reads[1][WalkReadKinds.LOCAL] = local;
        reads[1][WalkReadKinds.REMOTE] = remote;
        reads[1][WalkReadKinds.CACHED] = cached;
        Pmu counts = new Pmu(2);
        counts.accesses = 4000;
        counts.stlbMisses = 10;
        return new RunResult(
                "m",
                "w",
                "c",
                policy,
                1,
                new CostModel.Cycles(1000, walkCycles, 0, 0),
                counts,
                List.of(),
                reads,
                new double[2],
                new long[2],
                new long[2],
                1,
                1);
    }

    private static PolicyRow row(String policy, double speedup, double updateShare, double oneOffShare) {
        return new PolicyRow(
                result(policy, 300, 10, 90, 20),
                List.of(speedup, speedup, speedup),
                List.of(),
                3 << 20,
                2 << 20,
                updateShare,
                oneOffShare);
    }

    private static Verdict judge(PolicyRow... rows) {
        return Advice.judge(Scenario.WIDE, List.of(rows), 0.25, LAST_LEVEL_BYTES);
    }

    private static final PolicyRow NOW = row("first-touch", 1, 0, 0);

    @Test
    void theFastestPolicyIsNamedWithItsReasonAndPrice() {
        Verdict verdict = judge(NOW, row("migrate", 1.1, 0, 0), row("mitosis", 1.3, 0.031, 0));
        assertTrue(verdict.helps());
        assertEquals("mitosis", verdict.policy());
        assertEquals(
                "Judged its threads spread over the sockets (wide): yes, mitosis makes it 1.30x as fast, because 30%"
                        + " of its cycles are page walks and 25% are spent reading page tables in other sockets' memory;"
                        + " it costs 2.0 MiB more of page tables and 3.1% of the run time for updates.",
                verdict.sentence());
        assertTrue(judge(NOW, row("interleave", 1.3, -0.4, 0))
                .sentence()
                .endsWith("and none of the run time for updates."));
    }

    /** 1.300 and 1.3015 are the same: the row that comes first is the simpler one. */
    @Test
    void ofPoliciesWithinTheNoiseTheFirstIsTaken() {
        assertEquals(
                "migrate",
                judge(NOW, row("migrate", 1.3, 0, 0), row("mitosis", 1.3015, 0, 0))
                        .policy());
        assertEquals(
                "mitosis",
                judge(NOW, row("migrate", 1.3, 0, 0), row("mitosis", 1.3025, 0, 0))
                        .policy());
    }

    @Test
    void belowTwoPercentTheAnswerIsNo() {
        Verdict no = judge(NOW, row("mitosis", 1.019, 0, 0));
        assertFalse(no.helps());
        assertEquals("first-touch", no.policy());
        assertTrue(judge(NOW, row("mitosis", 1.02, 0, 0)).helps());
    }

    /** 1 / (1/1.2 + 0.2) = 0.97: slower than it was, for this run. */
    @Test
    void aRunThatIsTooShortToPayBackIsSaidToBe() {
        Verdict no = judge(NOW, row("mitosis", 1.2, 0.2, 0.2));
        assertFalse(no.helps());
        assertTrue(
                no.sentence()
                        .endsWith("mitosis would make what follows 1.20x as fast, but costs 20% of this run's time"
                                + " before: the run is too short to pay that back."),
                no.sentence());
        assertTrue(judge(NOW, row("mitosis", 1.2, -0.2, -0.2)).helps(), "what is saved before is not paid back twice");
    }

    @Test
    void whyNothingHelpsIsSaid() {
        assertReason(
                "page walks take only 1.9% of its cycles: 2.50 of a thousand accesses miss the TLB.",
                result("first-touch", 19, 10, 90, 0));
        assertReason(
                "20% of its cycles are page walks, but caches answer 81% of their leaf reads: 3.0 MiB of page tables"
                        + " stay in a last-level cache of 32 MiB",
                result("first-touch", 200, 9, 10, 81));
        assertReason(
                "20% of its cycles are page walks, but 67% of the leaf reads that go to memory are local already.",
                result("first-touch", 200, 20, 10, 0));
        assertReason(
                "only 0.5% of its cycles are reads of page tables in other sockets' memory",
                result("first-touch", 200, 10, 10, 80));
    }

    private static void assertReason(String reason, RunResult now) {
        PolicyRow row = new PolicyRow(now, List.of(1.0, 1.0, 1.0), List.of(), 3 << 20, 0, 0, 0);
        Verdict verdict = Advice.judge(Scenario.WIDE, List.of(row), 0.005, LAST_LEVEL_BYTES);
        assertFalse(verdict.helps());
        assertTrue(verdict.sentence().contains("no benefit, because " + reason), verdict.sentence());
    }
}
