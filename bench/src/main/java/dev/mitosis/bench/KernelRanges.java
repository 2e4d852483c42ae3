package dev.mitosis.bench;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.TrapHandler;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Memory calls and faults on a 4 GiB region of 4 KiB pages through the whole kernel: nanoseconds a page.
 *
 * <p>What must be mapped, or not, before a call is made so outside of the measured time; the frames and tables that a call
 * takes have been used before and given back, but for the first time.
 */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@OperationsPerInvocation(KernelRanges.PAGES)
public class KernelRanges {
    static final int PAGES = 1 << 20;

    private static final int CPU = 0;
    private static final long REGION_VA = 1L << 40;
    private static final long REGION_BYTES = PAGES * Frames.PAGE_BYTES;

    /** A process with one region. */
    @State(Scope.Thread)
    @SuppressWarnings("NullAway.Init") // JMH calls the set-up before all else
    public static class Region {
        @Param({"1", "4"})
        int copies;

        @Param({"false", "true"})
        boolean concurrent;

        Kernel kernel;
        Task task;
        boolean isMapped;
        boolean isWritable;

        @Setup
        public void boot() {
            BenchBoard board = new BenchBoard(concurrent, KernelSettings.DEFAULT);
            kernel = board.kernel;
            task = kernel.spawn(CPU);
            board.replicate(task.mm(), copies);
        }

        void map() {
            long va = kernel.mmap(task, REGION_VA, REGION_BYTES, BenchBoard.READ_WRITE, BenchBoard.ANONYMOUS);
            if (va != REGION_VA) {
                throw new IllegalStateException("the region was mapped at " + Long.toHexString(va));
            }
            isMapped = true;
            isWritable = true;
        }

        void populate() {
            kernel.populate(task, REGION_VA, REGION_BYTES, true);
        }

        void unmap() {
            kernel.munmap(task, REGION_VA, REGION_BYTES);
            isMapped = false;
        }
    }

    /** The region has no area. */
    public static class Unmapped extends Region {
        @Setup(Level.Invocation)
        public void unmapIt() {
            if (isMapped) {
                unmap();
            }
        }
    }

    /** The region is an area that was never touched. */
    public static class Untouched extends Region {
        @Setup(Level.Invocation)
        public void mapAnew() {
            if (isMapped) {
                unmap();
            }
            map();
        }
    }

    /** All pages of the region are there. */
    public static class Populated extends Region {
        @Setup(Level.Invocation)
        public void populateIt() {
            if (!isMapped) {
                map();
                populate();
            }
        }
    }

    /** Maps the region with all its pages, as MAP_POPULATE does: area, frames, tables. */
    @Benchmark
    public void populate(Unmapped region) {
        region.map();
        region.populate();
    }

    /** Takes write permission away, or gives it back, in turn. */
    @Benchmark
    public void protect(Populated region) {
        region.isWritable = !region.isWritable;
        int prot = region.isWritable ? BenchBoard.READ_WRITE : BenchBoard.READ;
        region.kernel.mprotect(region.task, REGION_VA, REGION_BYTES, prot);
    }

    /** Frees the region: area, leaves, frames, tables. */
    @Benchmark
    public void unmap(Populated region) {
        region.unmap();
    }

    /** Writes to each page for the first time, in the order of addresses. */
    @Benchmark
    public void fault(Untouched region) {
        for (long va = REGION_VA; va < REGION_VA + REGION_BYTES; va += Frames.PAGE_BYTES) {
            if (!region.kernel.pageFault(CPU, va, TrapHandler.WRITE)) {
                throw new IllegalStateException("no page at " + Long.toHexString(va));
            }
        }
    }
}
