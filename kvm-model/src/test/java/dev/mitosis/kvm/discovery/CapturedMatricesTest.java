package dev.mitosis.kvm.discovery;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.IntUnaryOperator;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Matrices that others measured, grouped as their machines are built: Intel ARK, AMD and IBM data sheets, the kernel's numbering. */
class CapturedMatricesTest {
    private static final int SHUFFLES = 1000;
    private static final int OUTLIERS = 400;

    /** A machine, and the core, core complex and socket of each processor; a tier that it lacks is null. */
    record Built(
            String file,
            int cpus,
            @Nullable IntUnaryOperator core,
            @Nullable IntUnaryOperator cluster,
            @Nullable IntUnaryOperator socket) {
        @Override
        public String toString() {
            return file;
        }

        LatencyMatrix read() throws IOException {
            Path csv = Path.of(System.getProperty("mitosis.corpus", ""), "c2c", file);
            assumeTrue(Files.exists(csv), csv + " is not there");
            return MatrixCsv.read(csv);
        }

        /** Tiers in words, with processors that are numbered otherwise. */
        List<String> tiers(int[] oldNumber) {
            return Stream.of(
                            tier("smt", core, oldNumber),
                            tier("cluster", cluster, oldNumber),
                            tier("socket", socket, oldNumber))
                    .filter(text -> !text.isEmpty())
                    .toList();
        }

        private static String tier(String kind, @Nullable IntUnaryOperator of, int[] oldNumber) {
            return of == null
                    ? ""
                    : kind + new Partition(IntStream.of(oldNumber).map(of).toArray()).asList();
        }
    }

    static List<Built> machines() {
        return List.of(
                new Built("1s-core-i7-6700k.csv", 8, cpu -> cpu / 2, null, null),
                new Built("1s-epyc-7773x.csv", 128, cpu -> cpu % 64, cpu -> cpu % 64 / 8, null),
                new Built("2s-power7.csv", 16, null, null, cpu -> cpu / 8),
                new Built("2s-xeon-e5-2630v4.csv", 40, cpu -> cpu % 20, null, cpu -> cpu % 20 / 10),
                new Built("2s-xeon-e5-2690.csv", 32, cpu -> cpu % 16, null, cpu -> cpu % 16 / 8),
                new Built("2s-xeon-gold-6242.csv", 64, cpu -> cpu % 32, null, cpu -> cpu % 32 / 16));
    }

    private static List<String> found(LatencyMatrix matrix) {
        return GroupDiscovery.discover(matrix).tiers().stream()
                .map(tier -> tier.kind().label() + tier.groupOf())
                .toList();
    }

    @ParameterizedTest
    @MethodSource("machines")
    void groupsAreAsTheMachineIsBuilt(Built built) throws IOException {
        int[] asTheyAre = IntStream.range(0, built.cpus()).toArray();
        assertEquals(built.tiers(asTheyAre), found(built.read()));
    }

    @ParameterizedTest
    @MethodSource("machines")
    void renumberingAndTenPercentNoiseChangeNothing(Built built) throws IOException {
        LatencyMatrix matrix = built.read();
        for (int seed = 0; seed < SHUFFLES; seed++) {
            Random random = new Random(seed);
            int[] oldNumber = SyntheticMachine.shuffled(built.cpus(), random);
            LatencyMatrix changed = matrix.renumbered(oldNumber).withNoise(0.1, random);
            assertEquals(built.tiers(oldNumber), found(changed), "seed " + seed);
        }
    }

    /** A wrong pair may part two threads of a core, whose only evidence it is; it joins nothing, and moves no socket. */
    @ParameterizedTest
    @MethodSource("machines")
    void oneOutlierMergesNothing(Built built) throws IOException {
        LatencyMatrix matrix = built.read();
        Discovery before = GroupDiscovery.discover(matrix);
        Random random = new Random(7);
        for (int trial = 0; trial < OUTLIERS; trial++) {
            double[][] rows = matrix.rows();
            int a = random.nextInt(built.cpus());
            int b = (a + 1 + random.nextInt(built.cpus() - 1)) % built.cpus();
            rows[a][b] = new double[] {1, 8, 30, 130, 5000}[trial % 5];
            rows[b][a] = rows[a][b];
            Discovery after = GroupDiscovery.discover(LatencyMatrix.of(rows));
            String what = a + "-" + b + " at " + rows[a][b];
            assertArrayEquals(before.sockets(), after.sockets(), what);
            for (Tier tier : after.tiers()) {
                Tier same = before.tier(tier.kind()).orElseThrow(() -> new AssertionError(what + ": " + tier));
                assertTrue(new Partition(tier.toArray()).isWithin(new Partition(same.toArray())), what);
            }
        }
    }
}
