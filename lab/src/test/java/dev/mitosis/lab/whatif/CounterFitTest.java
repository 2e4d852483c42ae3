package dev.mitosis.lab.whatif;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.counters.CounterSample;
import dev.mitosis.lab.counters.Quantity;
import dev.mitosis.lab.whatif.CounterFit.Explanation;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Counters made by hand from known parameters: the fit must find those. */
class CounterFitTest {
    private static final MachineProfile MACHINE = MachineProfile.load("4s-haswell-ex");

    /** 10,000 walks with 20 cycles each of reads that caches answer, and 4,000 reads of memory at 280 cycles; 1 M instructions. */
    private static final CostParts HOME =
            new CostParts(1_000_000, 10_000, 200_000, 1_120_000, 4_000, 14_000, 600_000, 50_000);

    private static final CostParts REMOTE =
            new CostParts(1_000_000, 10_000, 200_000, 2_320_000, 4_000, 14_000, 600_000, 50_000);

    private static CounterSample sample(Object... quantitiesAndCounts) {
        Map<Quantity, Double> counts = new EnumMap<>(Quantity.class);
        for (int i = 0; i < quantitiesAndCounts.length; i += 2) {
            counts.put((Quantity) quantitiesAndCounts[i], ((Number) quantitiesAndCounts[i + 1]).doubleValue());
        }
        return new CounterSample("sample", counts, Map.of(), 1);
    }

    private static FittedCosts fit(CounterSample sample) {
        return new CounterFit(MACHINE, HOME, 2, false).fit(sample, Explanation.FIXED);
    }

    @Test
    void theParametersThatMadeTheCountersAreFound() {
        // Twice the instructions, 1.5 times the walks of 30 + 20 + 112 cycles, CPI 0.8: 2 (800,000 + 300,000 + 50,000)
        // + walks.
        double walk = 2 * 15_000 * (30 + 20 + 112);
        FittedCosts found = fit(sample(
                Quantity.INSTRUCTIONS,
                2_000_000,
                Quantity.CYCLES,
                2 * (800_000 + 300_000 + 50_000) + walk,
                Quantity.LOAD_WALK_PENDING,
                walk,
                Quantity.LOAD_WALKS,
                30_000));
        assertEquals(1.5, found.walkScale(), 1e-9);
        assertEquals(30, found.fixedCycles(), 1e-9);
        assertEquals(1, found.memoryScale(), 1e-9);
        assertEquals(0.8, found.baseCpi(), 1e-9);
        assertEquals(0.5, found.dataWeight(), 1e-9);
        assertEquals(1, found.overlap(), 1e-9);
        // 800,000 + 300,000 + 50,000 + 15,000 (30 + 20 + 232) against the same with 112.
        assertEquals(
                (1_150_000 + 15_000 * 282.0) / (1_150_000 + 15_000 * 162.0),
                found.runtime(REMOTE) / found.runtime(HOME),
                1e-9);
    }

    @Test
    void twoWalksAtATimeCostTheirActiveCycles() {
        FittedCosts found = fit(sample(
                Quantity.INSTRUCTIONS, 1_000_000,
                Quantity.CYCLES, 1_150_000 + 810_000,
                Quantity.LOAD_WALK_PENDING, 1_620_000,
                Quantity.LOAD_WALK_ACTIVE, 810_000,
                Quantity.LOAD_WALKS, 10_000));
        assertEquals(2, found.overlap(), 1e-9);
        assertEquals(30, found.fixedCycles(), 1e-9);
        assertEquals(810_000, found.walk(HOME), 1e-6);
        assertEquals(0.8, found.baseCpi(), 1e-9);
    }

    @Test
    void shortWalksMeanThatCachesAnswerMore() {
        // 50 cycles a walk: 20 of them cached reads, so 30 of 112 of memory.
        FittedCosts found = fit(sample(
                Quantity.INSTRUCTIONS, 1_000_000,
                Quantity.CYCLES, 1_650_000,
                Quantity.LOAD_WALK_ACTIVE, 500_000,
                Quantity.LOAD_WALKS, 10_000));
        assertEquals(0, found.fixedCycles());
        assertEquals(30.0 / 112, found.memoryScale(), 1e-9);
        // 10 cycles a walk: not even the cached reads take that short.
        FittedCosts shorter = fit(sample(
                Quantity.INSTRUCTIONS, 1_000_000,
                Quantity.CYCLES, 1_650_000,
                Quantity.LOAD_WALK_ACTIVE, 100_000,
                Quantity.LOAD_WALKS, 10_000));
        assertEquals(0, shorter.memoryScale());
        assertEquals(0.5, shorter.cachedScale(), 1e-9);
        assertEquals(100_000, shorter.walk(HOME), 1e-6);
    }

    @Test
    void longWalksAreExplainedEitherWay() {
        CounterSample sample = sample(
                Quantity.INSTRUCTIONS, 1_000_000,
                Quantity.CYCLES, 5_000_000,
                Quantity.LOAD_WALK_ACTIVE, 3_000_000,
                Quantity.LOAD_WALKS, 10_000);
        FittedCosts fixed = fit(sample);
        FittedCosts memory = new CounterFit(MACHINE, HOME, 2, false).fit(sample, Explanation.MEMORY);
        assertEquals(300 - 132, fixed.fixedCycles(), 1e-9);
        assertEquals(MACHINE.walkStartCycles(), memory.fixedCycles(), 1e-9);
        assertEquals((280 - MACHINE.walkStartCycles()) / 112.0, memory.memoryScale(), 1e-9);
        assertEquals(fixed.walk(HOME), memory.walk(HOME), 1e-6);
        assertTrue(memory.walk(REMOTE) > fixed.walk(REMOTE));
    }

    @Test
    void readsOfPageTablesThatWereCountedExplainTheLength() {
        // 0.8 reads of memory a walk where 0.4 were simulated.
        CounterSample sample = sample(
                Quantity.INSTRUCTIONS, 1_000_000,
                Quantity.CYCLES, 4_000_000,
                Quantity.LOAD_WALK_PENDING, 2_744_000,
                Quantity.LOAD_WALKS, 10_000,
                Quantity.WALKER_READS_MEMORY, 8_000);
        for (Explanation explanation : Explanation.values()) {
            FittedCosts found = new CounterFit(MACHINE, HOME, 2, false).fit(sample, explanation);
            assertEquals(2, found.memoryScale(), 1e-9);
            assertEquals(274.4 - 20 - 224, found.fixedCycles(), 1e-9);
        }
    }

    @Test
    void whatIsLeftMayBeLessThanInstructionsNeed() {
        // 1,690,000 without 1,620,000 of walks and 50,000 of the kernel: 0.02 cycles an instruction, and nothing for
        // data.
        FittedCosts found = fit(sample(
                Quantity.INSTRUCTIONS, 1_000_000,
                Quantity.CYCLES, 1_690_000,
                Quantity.LOAD_WALK_ACTIVE, 1_620_000,
                Quantity.LOAD_WALKS, 10_000));
        assertEquals(0.02, found.baseCpi(), 1e-9);
        assertEquals(0, found.dataWeight(), 1e-9);
        // 300,000 for both: an instruction at its least, data what is left.
        FittedCosts hidden = fit(sample(
                Quantity.INSTRUCTIONS, 1_000_000,
                Quantity.CYCLES, 1_970_000,
                Quantity.LOAD_WALK_ACTIVE, 1_620_000,
                Quantity.LOAD_WALKS, 10_000));
        assertEquals(CounterFit.LEAST_CPI, hidden.baseCpi(), 1e-9);
        assertEquals((300_000 - 1_000_000 / 6.0) / 600_000, hidden.dataWeight(), 1e-9);
    }

    @Test
    void moreWalksThanCyclesAreRefused() {
        CounterSample sample = sample(
                Quantity.INSTRUCTIONS, 1_000_000, Quantity.CYCLES, 1_000_000, Quantity.LOAD_WALK_ACTIVE, 1_040_000);
        String message =
                assertThrows(IllegalArgumentException.class, () -> fit(sample)).getMessage();
        assertTrue(String.valueOf(message).startsWith("sample: walks take 104 %"), message);
    }

    @Test
    void inUserModeTheKernelIsNotTakenOff() {
        CounterSample sample = sample(Quantity.INSTRUCTIONS, 1_000_000, Quantity.CYCLES, 3_000_000);
        double with = new CounterFit(MACHINE, HOME, 2, false)
                .fit(sample, Explanation.FIXED)
                .baseCpi();
        double without = new CounterFit(MACHINE, HOME, 2, true)
                .fit(sample, Explanation.FIXED)
                .baseCpi();
        assertEquals(0.05, without - with, 1e-9);
    }

    /** 10,000 cycles are left of walks, and memory management takes 50,000: the trace is of a part that finds its memory there. */
    @Test
    void memoryManagementThatDoesNotFitIsLeftOut() {
        FittedCosts found = fit(sample(
                Quantity.INSTRUCTIONS, 1_000_000, Quantity.CYCLES, 1_000_000, Quantity.LOAD_WALK_ACTIVE, 990_000));
        assertEquals(0, found.kernelWeight());
        assertEquals(1_000_000, found.runtime(HOME), 1e-3);
    }

    @Test
    void theResidualIsWhatOneCpiAndOneLengthOfWalksLeave() {
        CounterSample one = sample(
                Quantity.INSTRUCTIONS,
                1000,
                Quantity.CYCLES,
                1200,
                Quantity.LOAD_WALK_ACTIVE,
                200,
                Quantity.LOAD_WALKS,
                10);
        CounterSample other = sample(
                Quantity.INSTRUCTIONS,
                1000,
                Quantity.CYCLES,
                1400,
                Quantity.LOAD_WALK_ACTIVE,
                400,
                Quantity.LOAD_WALKS,
                20);
        assertEquals(0, CounterFit.residual(List.of(one, other)), 1e-12);
        CounterSample slow = sample(
                Quantity.INSTRUCTIONS,
                1000,
                Quantity.CYCLES,
                1220,
                Quantity.LOAD_WALK_ACTIVE,
                200,
                Quantity.LOAD_WALKS,
                10);
        assertEquals(10.0 / 1210, CounterFit.residual(List.of(one, slow)), 1e-9);
    }
}
