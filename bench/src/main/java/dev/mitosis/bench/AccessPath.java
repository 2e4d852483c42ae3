package dev.mitosis.bench;

import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.cpu.Cpu;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/** An access through the simulated processor, whole: with {@code -prof gc} it shows that none of them allocates. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 2)
@Measurement(iterations = 5, time = 2)
@Fork(value = 1, jvmArgsAppend = "-Xmx3g")
@OperationsPerInvocation(AccessPath.ACCESSES)
public class AccessPath {
    static final int BATCHES = 256;
    static final int ACCESSES = BATCHES * AccessBatch.DEFAULT_CAPACITY;

    /** The machine of the comparison with C, and addresses for it. */
    @State(Scope.Thread)
    @SuppressWarnings("NullAway.Init") // JMH calls the set-up before all else
    public static class Accesses {
        @Param({"0", "90"})
        int hitPercent;

        @Param({"false", "true"})
        boolean hasCaches;

        Cpu cpu;
        AccessBatch[] batches;

        @Setup
        public void prepare() {
            cpu = new TranslationMachine(hasCaches).board.cpu(0);
            batches = new AccessBatch[BATCHES];
            for (int i = 0; i < BATCHES; i++) {
                batches[i] = new AccessBatch();
                TranslationMachine.fill(batches[i], (long) i * AccessBatch.DEFAULT_CAPACITY, hitPercent, hasCaches);
            }
        }
    }

    @Benchmark
    public long run(Accesses accesses) {
        for (AccessBatch batch : accesses.batches) {
            accesses.cpu.run(batch);
        }
        return accesses.cpu.pmu().walks;
    }
}
