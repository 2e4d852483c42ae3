package dev.mitosis.halsim.timing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halsim.cache.CoreCaches;
import dev.mitosis.halsim.cache.PhysicalLines;
import dev.mitosis.halsim.cost.CostModel;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.cost.WorkloadTraits;
import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.halsim.walk.MemoryReferences;
import java.util.function.IntUnaryOperator;
import java.util.function.LongUnaryOperator;
import org.junit.jupiter.api.Test;

/** Streams of known shape take what the numbers of the core say. */
class CoreTimingTest {
    private static final MachineProfile HASWELL = MachineProfile.load("4s-haswell-ex");
    private static final int L1 = 4;
    private static final int MEMORY = 280;
    /** One access in so many instructions. */
    private static final int INSTRUCTIONS = 8;

    /** A stream whose data memory answers. */
    private static final class Stream {
        private final AccessBatch batch = new AccessBatch(256);
        private final MemoryReferences references = new MemoryReferences(256 * 8);
        private final PhysicalLines lines = new PhysicalLines(4, 1 << 20);
        private final ReferenceSample sample = new ReferenceSample(4);

        /**
         * @param line of each access, by its number
         * @param back from each access to the one that it waits for
         * @param walkReads reads of each access's walk, which the last level answers
         */
        ReferenceSample of(
                LongUnaryOperator line, IntUnaryOperator back, IntUnaryOperator walkReads, int where, int flags) {
            int at = 0;
            while (sample.pieces() == 0) {
                batch.clear();
                references.size = 0;
                batch.isDetailed = true;
                for (int i = 0; i < 256; i++, at++) {
                    batch.add(line.applyAsLong(at) * 64, flags, 1, back.applyAsInt(at));
                    for (int read = 0; read < walkReads.applyAsInt(at); read++) {
                        refer(1, CoreCaches.LAST);
                    }
                    refer(0, where);
                }
                batch.instructions = 256 * INSTRUCTIONS;
                sample.take(batch.stretch(0, 256), references, lines);
            }
            return sample;
        }

        private void refer(int level, int where) {
            references.add(0, level);
            references.where[references.size - 1] = (byte) where;
        }
    }

    /** Lines that no prefetcher foresees. */
    private static long scattered(long i) {
        return (i * 0x9E37_79B9_7F4A_7C15L >>> 24) & ~1L;
    }

    private static double[] latency(double memory) {
        return new double[] {L1, 11, 60, memory, memory, memory, memory};
    }

    private static double cycles(ReferenceSample sample) {
        return new CoreTiming(HASWELL, latency(MEMORY)).time(sample, 1).cycles();
    }

    @Test
    void aChaseWaitsForEachLine() {
        ReferenceSample chase = new Stream().of(CoreTimingTest::scattered, i -> 1, i -> 0, CoreCaches.MEMORY, 0);
        assertEquals(MEMORY, cycles(chase), 1);
    }

    @Test
    void independentMissesWaitForFillBuffers() {
        ReferenceSample misses = new Stream().of(CoreTimingTest::scattered, i -> 0, i -> 0, CoreCaches.MEMORY, 0);
        // Half of the eight instructions wait for a miss, and 60 can: 15 misses would fit, and there are ten buffers.
        assertEquals(MEMORY / 10.0, cycles(misses), 1);
    }

    @Test
    void aHitTakesWhatItsInstructionsTake() {
        ReferenceSample hits = new Stream().of(i -> 7, i -> 0, i -> 0, CoreCaches.L1, 0);
        assertEquals(INSTRUCTIONS / 4.0, cycles(hits), 0.1);
    }

    @Test
    void oneWalkerMakesOneWalkAfterTheOther() {
        ReferenceSample walks = new Stream().of(CoreTimingTest::scattered, i -> 0, i -> 2, CoreCaches.MEMORY, 0);
        double walk = HASWELL.walkStartCycles() + 2 * 60;
        CoreTiming.PerAccess timed = new CoreTiming(HASWELL, latency(MEMORY)).time(walks, 1);
        assertEquals(walk, timed.walk(), 1e-9);
        assertEquals(walk, timed.cycles(), 2);
        // The data's latency is hidden behind the walks of the next accesses.
        assertEquals(
                walk,
                new CoreTiming(HASWELL, latency(2 * MEMORY)).time(walks, 1).cycles(),
                4);
    }

    @Test
    void twoWalkersMakeTwoWalksAtATime() {
        MachineProfile cascadeLake = MachineProfile.load("4s-cascade-lake");
        assertEquals(2, cascadeLake.walkers());
        ReferenceSample walks = new Stream().of(CoreTimingTest::scattered, i -> 0, i -> 2, CoreCaches.L1, 0);
        double walk = cascadeLake.walkStartCycles() + 2 * 60;
        assertEquals(
                walk / 2,
                new CoreTiming(cascadeLake, latency(MEMORY)).time(walks, 1).cycles(),
                1);
    }

    /** Four lines of a page in turn: the last three wait for the walk of the first, and the next page for the last of them. */
    @Test
    void accessesToAPageWaitForItsWalk() {
        ReferenceSample pages = new Stream()
                .of(
                        i -> (scattered(i / 4) & ~63L) + 13 * (i % 4),
                        i -> i % 4 == 0 ? 1 : 0,
                        i -> i % 4 == 0 ? 2 : 0,
                        CoreCaches.MEMORY,
                        0);
        double walk = HASWELL.walkStartCycles() + 2 * 60;
        assertEquals((walk + MEMORY) / 4, cycles(pages), 3);
    }

    @Test
    void threadsOfACoreShareItsWalker() {
        ReferenceSample walks = new Stream().of(CoreTimingTest::scattered, i -> 0, i -> 2, CoreCaches.MEMORY, 0);
        double walk = HASWELL.walkStartCycles() + 2 * 60;
        CoreTiming.PerAccess shared = new CoreTiming(HASWELL, latency(MEMORY)).time(walks, 2);
        assertEquals(walk, shared.walk(), 1e-9);
        assertEquals(2 * walk, shared.cycles(), 0.02 * walk);
    }

    @Test
    void aStreamIsAskedForAhead() {
        // Each line waits for the one before: without a prefetcher a chase through memory in order.
        ReferenceSample stream = new Stream().of(i -> 64_000 + i, i -> 1, i -> 0, CoreCaches.MEMORY, 0);
        double cycles = cycles(stream);
        assertTrue(cycles < MEMORY / 5.0, "a line took " + cycles);
        // But not across a page.
        ReferenceSample pages = new Stream().of(i -> 64 * i, i -> 1, i -> 0, CoreCaches.MEMORY, 0);
        assertEquals(MEMORY, cycles(pages), 1);
    }

    @Test
    void theOtherHalfOf128BytesComesAlong() {
        ReferenceSample pairs = new Stream().of(i -> scattered(i / 2) + i % 2, i -> 1, i -> 0, CoreCaches.MEMORY, 0);
        assertEquals((MEMORY + 11) / 2.0, cycles(pairs), 1);
    }

    @Test
    void storesRetireBeforeTheirLinesCome() {
        ReferenceSample stores =
                new Stream().of(CoreTimingTest::scattered, i -> 0, i -> 0, CoreCaches.MEMORY, AccessBatch.STORE);
        assertEquals(MEMORY / 10.0, cycles(stores), 1);
    }

    @Test
    void traitsAreWhatTheTimesComeTo() {
        SampledTraits traits = new SampledTraits(HASWELL, 1);
        CostModel idle = new CostModel(HASWELL, 0);
        traits.add(new Stream().of(CoreTimingTest::scattered, i -> 1, i -> 2, CoreCaches.MEMORY, 0), 0, idle);
        WorkloadTraits chase = traits.traits();
        assertEquals(1, chase.walkExposure(), 0.01);
        assertEquals(1, chase.memoryParallelism(), 0.05);
        assertEquals(L1 / (double) INSTRUCTIONS, chase.baseCpi(), 0.01);
        assertEquals(MEMORY, idle.latencyCycles(0, Pmu.MEMORY));
    }

    /** What a record does not tell is taken for the middle between a chase and none. */
    @Test
    void withoutDetailsTheTruthIsBetween() {
        WorkloadTraits chase = traits(true, 1);
        WorkloadTraits independent = traits(true, 0);
        WorkloadTraits unknown = traits(false, 0);
        double waits = (1 / chase.memoryParallelism() + 1 / independent.memoryParallelism()) / 2;
        assertEquals(waits, 1 / unknown.memoryParallelism(), 0.01);
    }

    private static WorkloadTraits traits(boolean isDetailed, int back) {
        Stream stream = new Stream();
        ReferenceSample sample = stream.of(CoreTimingTest::scattered, i -> back, i -> 0, CoreCaches.MEMORY, 0);
        if (!isDetailed) {
            stream.batch.isDetailed = false;
            sample.take(stream.batch.stretch(0, 0), stream.references, stream.lines);
        }
        SampledTraits traits = new SampledTraits(HASWELL, 1);
        traits.add(sample, 0, new CostModel(HASWELL, 0));
        return traits.traits();
    }
}
