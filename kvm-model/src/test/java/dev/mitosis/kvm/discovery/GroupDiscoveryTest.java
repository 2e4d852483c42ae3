package dev.mitosis.kvm.discovery;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;

class GroupDiscoveryTest {
    /** Five processors of a four-socket Xeon E7-4850 v3, 265 to 272 cycles within a socket and 579 to 595 across. */
    private static double[][] fiveOfFourSockets() {
        return new double[][] {
            {0, 265, 580, 595, 588},
            {265, 0, 591, 579, 583},
            {580, 591, 0, 272, 590},
            {595, 579, 272, 0, 594},
            {588, 583, 590, 594, 0},
        };
    }

    @Test
    void pairsOfASampleAndOneThatIsAlone() {
        Discovery found = GroupDiscovery.discover(LatencyMatrix.of(fiveOfFourSockets()));
        assertEquals(1, found.tiers().size());
        assertEquals(
                List.of(List.of(0, 1), List.of(2, 3), List.of(4)),
                found.tiers().get(0).groups());
        assertEquals(3, found.socketCount());
        assertEquals(268.5, found.tiers().get(0).within()); // (265 + 272) / 2
        assertEquals(589, found.tiers().get(0).across(), 1);
        // Two near pairs of ten: 1 - 1/45.
        assertEquals(1 - 1 / 45.0, found.socketConfidence(), 1e-9);
    }

    @Test
    void anOutlierOfTheSampleMergesNothing() {
        for (double outlier : new double[] {10, 100, 400, 3000}) {
            double[][] rows = fiveOfFourSockets();
            rows[1][4] = rows[4][1] = outlier;
            assertArrayEquals(
                    new int[] {0, 0, 1, 1, 2}, GroupDiscovery.groups(LatencyMatrix.of(rows)), "outlier of " + outlier);
        }
    }

    @Test
    void theFixedThresholdMergesWhatAnOutlierJoinsAndMissesTheUnit() {
        SyntheticMachine machine = SyntheticMachine.mesh(2, 4, 1);
        assertArrayEquals(new int[] {0, 0, 0, 0, 1, 1, 1, 1}, FixedThreshold.groups(machine.matrix(), 100));
        double[][] rows = machine.rows();
        rows[0][7] = rows[7][0] = 50;
        assertArrayEquals(new int[8], FixedThreshold.groups(LatencyMatrix.of(rows), 100));
        assertArrayEquals(new int[] {0, 0, 0, 0, 1, 1, 1, 1}, GroupDiscovery.groups(LatencyMatrix.of(rows)));
        // The sample's unit is cycles: at 100 everybody is alone.
        assertArrayEquals(new int[] {0, 1, 2, 3, 4}, FixedThreshold.groups(LatencyMatrix.of(fiveOfFourSockets()), 100));
    }

    @Test
    void threeTiersOfAMachineOfChiplets() {
        SyntheticMachine machine = SyntheticMachine.chiplets(2, 4, 4, 2);
        List<Tier> tiers = GroupDiscovery.discover(machine.matrix()).tiers();
        assertEquals(
                List.of(TierKind.SMT, TierKind.CLUSTER, TierKind.SOCKET),
                tiers.stream().map(Tier::kind).toList());
        assertEquals(List.of(32, 8, 2), tiers.stream().map(Tier::groupCount).toList());
        assertEquals(25, tiers.get(1).within());
        assertEquals(112, tiers.get(1).across()); // the rest of the socket, not the other one
    }

    @Test
    void aMachineWithoutTiersIsOneGroup() {
        for (int cpus = 1; cpus <= 40; cpus++) {
            for (int seed = 0; seed < 20; seed++) {
                LatencyMatrix noisy = new SyntheticMachine(1, 1, cpus, 1, 1, 50, 50, 50)
                        .matrix()
                        .withNoise(0.1, new Random(seed));
                Discovery found = GroupDiscovery.discover(noisy);
                assertEquals(List.of(), found.tiers(), cpus + " processors, seed " + seed);
                assertEquals(1, found.socketCount());
                assertTrue(cpus < 4 || found.socketConfidence() > 0.8);
            }
        }
    }

    @Test
    void latencyThatGrowsWithDistanceMakesNoGroups() {
        for (int cores : new int[] {6, 8, 12, 16, 24}) {
            double[][] line = new double[cores][cores];
            double[][] ring = new double[cores][cores];
            for (int a = 0; a < cores; a++) {
                for (int b = 0; b < cores; b++) {
                    int hops = Math.abs(a - b);
                    line[a][b] = 40 + 2.5 * hops;
                    ring[a][b] = 40 + 2.5 * Math.min(hops, cores - hops);
                }
            }
            assertEquals(
                    List.of(), GroupDiscovery.discover(LatencyMatrix.of(line)).tiers(), "line of " + cores);
            assertEquals(
                    List.of(), GroupDiscovery.discover(LatencyMatrix.of(ring)).tiers(), "ring of " + cores);
        }
    }

    @Test
    void nobodyMeasuredAnything() {
        double[][] rows = new double[3][3];
        for (double[] row : rows) {
            Arrays.fill(row, Double.NaN);
        }
        Discovery found = GroupDiscovery.discover(LatencyMatrix.of(rows));
        assertEquals(1, found.socketCount());
        assertEquals(0, found.socketConfidence());
    }

    @Test
    void halfOfThePairsIsEnough() {
        SyntheticMachine machine = SyntheticMachine.mesh(4, 8, 1);
        Random random = new Random(3);
        double[][] rows = machine.rows();
        for (int a = 0; a < rows.length; a++) {
            for (int b = 0; b < a; b++) {
                if (random.nextBoolean()) {
                    rows[a][b] = rows[b][a] = Double.NaN;
                }
            }
        }
        LatencyMatrix sampled = LatencyMatrix.of(rows);
        assertTrue(sampled.countKnownPairs() < 280, "of 496 pairs");
        assertEquals(4, GroupDiscovery.discover(sampled).socketCount());
    }

    @Test
    void aRowOfAnotherLengthAndALatencyOfNothingAreRefused() {
        assertEquals(
                "row 1 has 1 latencies, not 2 as there are rows",
                message(() -> LatencyMatrix.of(new double[][] {{0, 1}, {1}})));
        assertEquals(
                "latency -1.0 between 0 and 1 is not a finite number above 0",
                message(() -> LatencyMatrix.of(new double[][] {{0, -1}, {1, 0}})));
    }

    private static String message(Executable call) {
        return String.valueOf(assertThrows(IllegalArgumentException.class, call).getMessage());
    }
}
