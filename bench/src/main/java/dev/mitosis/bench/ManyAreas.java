package dev.mitosis.bench;

import dev.mitosis.hal.Frames;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Mapping and unmapping one page in an address space that has many other areas: nanoseconds for the pair of calls.
 *
 * <p>The other areas stand side by side below the mmap base, where the kernel placed them, with protections in turn so that
 * they do not merge.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@SuppressWarnings("NullAway.Init") // JMH calls the set-up before all else
public class ManyAreas {
    private static final long FIXED_VA = 1L << 40;
    private static final int MAX_MAP_COUNT = 1 << 20;

    @Param({"0", "100000"})
    int areas;

    private Kernel kernel;
    private Task task;
    private long holeVa;

    @Setup
    public void mapTheOthers() {
        kernel = new BenchBoard(false, KernelSettings.DEFAULT.withMaxMapCount(MAX_MAP_COUNT)).kernel;
        task = kernel.spawn(0);
        long base = task.mm().mmapBaseVa();
        holeVa = base - (areas / 2 + 1) * Frames.PAGE_BYTES;
        for (int i = 0; i < areas; i++) {
            int prot = i % 2 == 0 ? BenchBoard.READ : BenchBoard.READ_WRITE;
            long va = base - (i + 1) * Frames.PAGE_BYTES;
            kernel.mmap(task, va, Frames.PAGE_BYTES, prot, BenchBoard.ANONYMOUS | Abi.MAP_FIXED);
        }
    }

    /** The kernel looks for a gap: below all the other areas is the first. */
    @Benchmark
    public void mapAnywhere() {
        long va = kernel.mmap(task, 0, Frames.PAGE_BYTES, Abi.PROT_EXEC, BenchBoard.ANONYMOUS);
        kernel.munmap(task, va, Frames.PAGE_BYTES);
    }

    /** The program says where, far from the other areas. */
    @Benchmark
    public void mapFixed() {
        kernel.mmap(task, FIXED_VA, Frames.PAGE_BYTES, BenchBoard.READ_WRITE, BenchBoard.ANONYMOUS | Abi.MAP_FIXED);
        kernel.munmap(task, FIXED_VA, Frames.PAGE_BYTES);
    }

    /** Takes the area in the middle of the others away, and puts it back. */
    @Benchmark
    public void remapAmongTheOthers() {
        kernel.munmap(task, holeVa, Frames.PAGE_BYTES);
        kernel.mmap(task, holeVa, Frames.PAGE_BYTES, BenchBoard.READ, BenchBoard.ANONYMOUS | Abi.MAP_FIXED);
    }
}
