package dev.mitosis.kvm.discovery;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** Machines of any shape, numbered in any way, measured with ten percent of noise. */
class GroupDiscoveryProperties {
    private static final double NOISE = 0.1;

    @Property(tries = 300)
    void socketsAreFoundHoweverProcessorsAreNumbered(
            @ForAll @IntRange(min = 2, max = 8) int sockets,
            @ForAll @IntRange(min = 2, max = 12) int cores,
            @ForAll @IntRange(min = 1, max = 4) int threads,
            @ForAll long seed) {
        SyntheticMachine machine = SyntheticMachine.mesh(sockets, cores, threads);
        Random random = new Random(seed);
        int[] oldNumber = SyntheticMachine.shuffled(machine.cpus(), random);
        LatencyMatrix matrix = machine.matrix().renumbered(oldNumber).withNoise(NOISE, random);
        Discovery found = GroupDiscovery.discover(matrix);
        assertArrayEquals(
                new Partition(machine.sockets(oldNumber)).asList().toArray(),
                new Partition(found.sockets()).asList().toArray());
        assertEquals(threads > 1 ? 2 : 1, found.tiers().size());
    }

    @Property(tries = 100)
    void everyTierOfChipletsIsFound(
            @ForAll @IntRange(min = 1, max = 2) int sockets,
            @ForAll @IntRange(min = 2, max = 8) int complexes,
            @ForAll @IntRange(min = 2, max = 6) int cores,
            @ForAll @IntRange(min = 1, max = 2) int threads,
            @ForAll long seed) {
        SyntheticMachine machine = SyntheticMachine.chiplets(sockets, complexes, cores, threads);
        Random random = new Random(seed);
        int[] oldNumber = SyntheticMachine.shuffled(machine.cpus(), random);
        LatencyMatrix matrix = machine.matrix().renumbered(oldNumber).withNoise(NOISE, random);
        List<Integer> counts = GroupDiscovery.discover(matrix).tiers().stream()
                .map(Tier::groupCount)
                .toList();
        List<Integer> built = Stream.of(
                        threads > 1 ? machine.cpus() / threads : 0, sockets * complexes, sockets > 1 ? sockets : 0)
                .filter(count -> count > 0)
                .toList();
        assertEquals(built, counts);
    }

    @Property(tries = 300)
    void oneOutlierMergesNothing(
            @ForAll @IntRange(min = 2, max = 6) int sockets,
            @ForAll @IntRange(min = 3, max = 12) int cores,
            @ForAll @IntRange(min = 1, max = 10_000) int outlier,
            @ForAll long seed) {
        SyntheticMachine machine = SyntheticMachine.mesh(sockets, cores, 1);
        Random random = new Random(seed);
        double[][] rows = machine.matrix().withNoise(NOISE, random).rows();
        int a = random.nextInt(machine.cpus());
        int b = (a + cores + random.nextInt(machine.cpus() - 2 * cores + 1)) % machine.cpus();
        rows[a][b] = outlier;
        rows[b][a] = outlier;
        int[] found = GroupDiscovery.groups(LatencyMatrix.of(rows));
        for (int cpu = 0; cpu < machine.cpus(); cpu++) {
            assertEquals(machine.socket(cpu), found[cpu], a + "-" + b + " at " + outlier);
        }
    }

    @Property(tries = 100)
    void theUnitDoesNotMatterToGroups(
            @ForAll @IntRange(min = 2, max = 4) int sockets, @ForAll @IntRange(min = 2, max = 8) int cores) {
        LatencyMatrix nanos = SyntheticMachine.mesh(sockets, cores, 2).matrix();
        List<Integer> inNanos = GroupDiscovery.discover(nanos).tiers().stream()
                .map(Tier::groupCount)
                .toList();
        List<Integer> inCycles = GroupDiscovery.discover(nanos.scaled(2.2)).tiers().stream()
                .map(Tier::groupCount)
                .toList();
        assertEquals(inNanos, inCycles);
    }

    /** A quarter more between the halves of a mesh: less than what noise does to single pairs. */
    @Property(tries = 200)
    void halvesOfAMeshAreFoundBeneathTheNoise(
            @ForAll @IntRange(min = 1, max = 4) int sockets,
            @ForAll @IntRange(min = 2, max = 4) int clusters,
            @ForAll @IntRange(min = 6, max = 12) int cores,
            @ForAll @IntRange(min = 1, max = 2) int threads,
            @ForAll long seed) {
        SyntheticMachine machine = new SyntheticMachine(sockets, clusters, cores, threads, 7.4, 50, 62, 141);
        Random random = new Random(seed);
        int[] oldNumber = SyntheticMachine.shuffled(machine.cpus(), random);
        LatencyMatrix matrix = machine.matrix().renumbered(oldNumber).withNoise(NOISE, random);
        Tier found = GroupDiscovery.discover(matrix).tier(TierKind.CLUSTER).orElseThrow();
        int[] built = IntStream.of(oldNumber).map(machine::cluster).toArray();
        assertEquals(new Partition(built).asList(), found.groupOf());
    }
}
