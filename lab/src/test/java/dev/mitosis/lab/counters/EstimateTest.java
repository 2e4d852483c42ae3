package dev.mitosis.lab.counters;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class EstimateTest {
    private static CounterSample sample(double cycles, double instructions) {
        return new CounterSample(
                "s", Map.of(Quantity.CYCLES, cycles, Quantity.INSTRUCTIONS, instructions), Map.of(), 1);
    }

    private static double cpi(CounterSample sample) {
        return sample.count(Quantity.CYCLES) / sample.count(Quantity.INSTRUCTIONS);
    }

    @Test
    void ofEqualSamplesNothingIsUncertain() {
        Estimate estimate = Estimate.of(List.of(sample(20, 10), sample(20, 10), sample(20, 10)), EstimateTest::cpi);
        assertEquals(2, estimate.value());
        assertEquals(2, estimate.low(), 1e-12);
        assertEquals(2, estimate.high(), 1e-12);
    }

    /** With as many instructions in each, the jackknife is the standard error of the mean: CPIs 1, 2, 3; sd 1, error 1/sqrt(3), t(2) 4.303. */
    @Test
    void ofAMeanItIsTheTextbooksInterval() {
        Estimate estimate = Estimate.of(List.of(sample(10, 10), sample(20, 10), sample(30, 10)), EstimateTest::cpi);
        assertEquals(2, estimate.value());
        assertEquals(2 - 4.303 / Math.sqrt(3), estimate.low(), 1e-9);
        assertEquals(2 + 4.303 / Math.sqrt(3), estimate.high(), 1e-9);
    }

    @Test
    void oneSampleSaysNothingOfItsSpreadUnlessItIsAMean() {
        assertFalse(Estimate.of(List.of(sample(20, 10)), EstimateTest::cpi).hasInterval());
        CounterSample mean = new CounterSample(
                "m",
                Map.of(Quantity.CYCLES, 20.0, Quantity.INSTRUCTIONS, 10.0),
                Map.of(Quantity.CYCLES, 0.03, Quantity.INSTRUCTIONS, 0.0),
                5);
        Estimate estimate = Estimate.of(List.of(mean), EstimateTest::cpi);
        assertEquals(2 - 2.776 * 0.06, estimate.low(), 1e-9); // 3 % of 2, t(4)
        assertEquals(2 + 2.776 * 0.06, estimate.high(), 1e-9);
    }

    /** The truth is in about 95 of a hundred intervals, also of a ratio of two things that vary together. */
    @Test
    void theIntervalHoldsTheTruthAsOftenAsItSays() {
        Random random = new Random(7);
        int held = 0;
        int tries = 2000;
        for (int i = 0; i < tries; i++) {
            List<CounterSample> samples = new ArrayList<>();
            for (int j = 0; j < 8; j++) {
                double instructions = 1000 * (1 + 0.2 * random.nextGaussian());
                samples.add(sample(instructions * 1.5 + 100 * random.nextGaussian(), instructions));
            }
            Estimate estimate = Estimate.of(samples, EstimateTest::cpi);
            held += estimate.low() <= 1.5 && 1.5 <= estimate.high() ? 1 : 0;
        }
        assertEquals(0.95, (double) held / tries, 0.02);
    }

    @Test
    void studentsTIsThatOfTables() {
        assertEquals(12.706, Estimate.studentT(1));
        assertEquals(2.042, Estimate.studentT(30));
        assertEquals(2.000, Estimate.studentT(60), 0.002);
        assertEquals(1.980, Estimate.studentT(120), 0.002);
        assertTrue(Estimate.studentT(1_000_000) < 1.961);
    }
}
