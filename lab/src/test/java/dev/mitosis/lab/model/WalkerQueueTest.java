package dev.mitosis.lab.model;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class WalkerQueueTest {
    @Test
    void aChaseWaitsForEveryPendingCycle() {
        WalkerQueue chase = new WalkerQueue(2, 1);
        assertEquals(1, chase.exposure(0.3), 1e-4);
        // Half of the cycles are walks: twice as long, 1 + 0.5.
        assertEquals(1.5, chase.slowdown(0.5, 2), 1e-6);
    }

    @Test
    void walksThatNeverMeetWaitForNoWalker() {
        WalkerQueue pair = new WalkerQueue(2, 2);
        assertEquals(0.5, pair.exposure(0.2), 1e-4);
        assertEquals(0.5, pair.exposure(1.7), 1e-4);
        // 1.737 of two walkers are busy, and walks take 3.34 times as long: 1 + 1.737/2 * 2.34.
        assertEquals(1 + 1.737 / 2 * 2.34, pair.slowdown(1.737, 3.34), 1e-6);
    }

    @Test
    void aWindowWithMoreWalksThanWalkersSharesThemUntilAllAreBusy() {
        WalkerQueue window = new WalkerQueue(2, 8);
        assertEquals(1.0 / 8, window.exposure(0.01), 0.01, "eight walks share a delay");
        assertEquals(0.5, window.exposure(1.9999), 0.01, "two walkers do");
        assertEquals(1, new WalkerQueue(1, 8).exposure(0.9999), 0.01, "one walker, always busy");
    }

    /** Customers one by one, with the times of the model drawn at random. */
    @ParameterizedTest
    @CsvSource({"1, 1, 0.7", "2, 1, 2", "2, 2, 3", "2, 5, 0.5", "2, 5, 2", "3, 7, 1"})
    void theFormulaIsWhatASimulationOfTheQueueGives(int walkers, int inFlight, double ratio) {
        double simulated = simulate(walkers, inFlight, ratio, new SplittableRandom(5));
        assertEquals(simulated, new WalkerQueue(walkers, inFlight).busyWalkers(ratio), 0.02 * walkers);
    }

    private static double simulate(int walkers, int inFlight, double ratio, SplittableRandom random) {
        double[] freeAt = new double[walkers];
        double[] readyAt = new double[inFlight];
        for (int i = 0; i < inFlight; i++) {
            readyAt[i] = exponential(random, 1);
        }
        double served = 0;
        for (int walk = 0; walk < 200_000; walk++) {
            int next = indexOfLeast(readyAt);
            int walker = indexOfLeast(freeAt);
            double start = Math.max(readyAt[next], freeAt[walker]);
            double service = exponential(random, ratio);
            freeAt[walker] = start + service;
            served += service;
            readyAt[next] = start + service + exponential(random, 1);
        }
        return served / Arrays.stream(freeAt).max().orElseThrow();
    }

    private static int indexOfLeast(double[] values) {
        int least = 0;
        for (int i = 1; i < values.length; i++) {
            least = values[i] < values[least] ? i : least;
        }
        return least;
    }

    private static double exponential(SplittableRandom random, double mean) {
        return -mean * Math.log(1 - random.nextDouble());
    }

    @Test
    void impossibleQueuesAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> new WalkerQueue(0, 1));
        assertThrows(IllegalArgumentException.class, () -> new WalkerQueue(2, 0));
    }
}
