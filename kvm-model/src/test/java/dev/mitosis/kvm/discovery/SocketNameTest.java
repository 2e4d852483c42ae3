package dev.mitosis.kvm.discovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Machines whose latencies do not say what their groups are: what cannot be told is not believed. */
class SocketNameTest {
    private static Discovery find(double[][] rows) {
        return GroupDiscovery.discover(LatencyMatrix.of(rows).withNoise(0.03, new Random(5)));
    }

    private static void assertGuess(Discovery found, String doubt) {
        assertFalse(found.socketName().isTold());
        assertTrue(
                found.socketName().doubt().contains(doubt), found.socketName().doubt());
        assertTrue(found.socketConfidence() <= 0.5, "confidence " + found.socketConfidence());
    }

    @Test
    void twoComplexesOfOnePackageAreNoSockets() {
        Discovery found = find(new SyntheticMachine(1, 2, 4, 1, 0, 24, 92, 0).rows());
        assertEquals(1, found.socketCount());
        assertGuess(found, "sockets of one core complex each");
        // Slower ones, in the range of links between sockets.
        assertGuess(find(new SyntheticMachine(1, 3, 4, 1, 0, 28, 105, 0).rows()), "core complexes");
    }

    @Test
    void diesOfOnePackageAreNoSocketsForSure() {
        assertGuess(find(SyntheticMachine.chiplets(2, 4, 4, 2).rows()), "core complexes");
    }

    /** The second socket's complexes are as far from each other as from the first. */
    @Test
    void groupsOfVeryUnequalSizeAreNotBelieved() {
        double[][] rows = new SyntheticMachine(2, 4, 3, 1, 0, 25, 130, 265).rows();
        for (int a = 12; a < 24; a++) {
            for (int b = 12; b < 24; b++) {
                rows[a][b] = a / 3 == b / 3 ? rows[a][b] : 265;
            }
        }
        Discovery found = find(rows);
        assertGuess(found, "its groups have 3 to 12 processors");
        assertTrue(found.socketConfidence() < 0.2, "confidence " + found.socketConfidence());
    }

    @Test
    void tilesOfTwoCoresAreNoSockets() {
        Discovery slow = find(new SyntheticMachine(1, 8, 2, 4, 9, 41, 91, 0).rows());
        assertEquals(
                List.of(TierKind.SMT, TierKind.CLUSTER),
                slow.tiers().stream().map(Tier::kind).toList());
        assertEquals(1, slow.socketCount());
        // As far apart as sockets are.
        assertGuess(find(new SyntheticMachine(1, 8, 2, 1, 0, 50, 130, 0).rows()), "two cores at most");
        assertGuess(find(new SyntheticMachine(1, 32, 4, 1, 0, 50, 130, 0).rows()), "there are 32 groups");
    }

    @Test
    void socketsOfAMeshAreTold() {
        Discovery found = find(SyntheticMachine.mesh(2, 8, 2).rows());
        assertTrue(found.socketName().isTold());
        assertEquals("", found.socketName().doubt());
        assertTrue(found.socketConfidence() > 0.99, "confidence " + found.socketConfidence());
    }

    /** Nine cores ran faster than the other seven when their threads were measured. */
    @Test
    void siblingsAtTwoSpeedsAreAllSiblings() {
        SyntheticMachine machine = SyntheticMachine.mesh(1, 16, 2);
        double[][] rows = machine.rows();
        for (int cpu = 18; cpu < 32; cpu += 2) {
            rows[cpu][cpu + 1] = 13.5;
            rows[cpu + 1][cpu] = 13.5;
        }
        List<Tier> tiers = find(rows).tiers();
        assertEquals(1, tiers.size());
        assertEquals(TierKind.SMT, tiers.get(0).kind());
        assertEquals(16, tiers.get(0).groupCount());
    }

    @Test
    void coresWithoutSiblingsStayAlone() {
        // As of hybrid processors: six cores of two threads, and four of one that are near each other.
        double[][] rows = SyntheticMachine.mesh(1, 8, 2).rows();
        for (int a = 12; a < 16; a++) {
            for (int b = 12; b < 16; b++) {
                rows[a][b] = 30;
            }
        }
        assertEquals(10, find(rows).tiers().get(0).groupCount());
    }

    @Test
    void groupsThatTheKernelDescribesHaveItsNames() {
        SyntheticMachine machine = new SyntheticMachine(2, 1, 4, 2, 20, 60, 60, 80);
        int[] cores = IntStream.range(0, 16).map(cpu -> 100 - machine.core(cpu)).toArray();
        int[] packages =
                IntStream.range(0, 16).map(cpu -> 7 * machine.socket(cpu)).toArray();
        assertEquals(
                List.of(TierKind.CLUSTER, TierKind.CLUSTER),
                GroupDiscovery.discover(machine.matrix()).tiers().stream()
                        .map(Tier::kind)
                        .toList());
        Discovery named = GroupDiscovery.discover(machine.matrix(), new KernelView(cores, packages));
        assertEquals(
                List.of(TierKind.SMT, TierKind.SOCKET),
                named.tiers().stream().map(Tier::kind).toList());
        assertTrue(named.socketName().isTold());
        // A view of other groups names none.
        Discovery other = GroupDiscovery.discover(machine.matrix(), new KernelView(packages, cores));
        assertEquals(
                List.of(TierKind.CLUSTER, TierKind.CLUSTER),
                other.tiers().stream().map(Tier::kind).toList());
    }
}
