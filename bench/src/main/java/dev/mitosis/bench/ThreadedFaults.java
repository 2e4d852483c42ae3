package dev.mitosis.bench;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.TrapHandler;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;

/**
 * First touches of two areas of 1 GiB in one address space, by one thread or by two: faults a millisecond, all threads
 * together.
 *
 * <p>Each area lies in a 1 GiB of its own, so that threads share no table below level 3. Two threads need a kernel that lets
 * several threads in; on another, pages get lost and the benchmark fails instead of reporting a speed.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.Throughput)
@OutputTimeUnit(TimeUnit.MILLISECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(1)
@OperationsPerInvocation(ThreadedFaults.AREAS * ThreadedFaults.PAGES)
@SuppressWarnings("NullAway.Init") // JMH calls the set-up before all else
public class ThreadedFaults {
    static final int AREAS = 2;
    static final int PAGES = 1 << 18;

    private static final long AREA_BYTES = PAGES * Frames.PAGE_BYTES;
    private static final long FIRST_VA = 1L << 40;

    /** The processors that fault, a thread each: 1 is on the node of 0, 4 on the next. */
    @Param({"0", "0+1", "0+4"})
    String cpus;

    @Param({"1", "4"})
    int copies;

    private Kernel kernel;
    private Task task;
    private final List<Integer> cpuOfThread = new ArrayList<>();
    private ExecutorService threads;

    @Setup
    public void boot() {
        BenchBoard board = new BenchBoard(true, KernelSettings.DEFAULT);
        kernel = board.kernel;
        task = kernel.spawn(0);
        cpuOfThread.add(0);
        if (cpus.indexOf('+') > 0) {
            cpuOfThread.add(kernel.clone(task, Integer.parseInt(cpus.substring(cpus.indexOf('+') + 1)))
                    .cpu());
        }
        board.replicate(task.mm(), copies);
        threads = Executors.newFixedThreadPool(cpuOfThread.size(), work -> {
            Thread thread = new Thread(work, "faults");
            // A round that failed is not torn down: its threads must not keep the Java machine alive.
            thread.setDaemon(true);
            return thread;
        });
    }

    @TearDown
    public void stop() {
        threads.shutdown();
    }

    @Setup(Level.Invocation)
    public void map() {
        for (int area = 0; area < AREAS; area++) {
            kernel.mmap(task, areaVa(area), AREA_BYTES, BenchBoard.READ_WRITE, BenchBoard.ANONYMOUS);
        }
    }

    @TearDown(Level.Invocation)
    public void unmap() {
        if (task.mm().residentFrames() != AREAS * PAGES) {
            throw new IllegalStateException(task.mm().residentFrames() + " pages are there");
        }
        for (int area = 0; area < AREAS; area++) {
            kernel.munmap(task, areaVa(area), AREA_BYTES);
        }
    }

    @Benchmark
    public void fault() throws InterruptedException, ExecutionException {
        List<Future<?>> touched = new ArrayList<>();
        for (int area = 0; area < AREAS; area++) {
            int cpu = cpuOfThread.get(area % cpuOfThread.size());
            long startVa = areaVa(area);
            touched.add(threads.submit(() -> touch(cpu, startVa)));
        }
        for (Future<?> area : touched) {
            area.get();
        }
    }

    private void touch(int cpu, long startVa) {
        for (long va = startVa; va < startVa + AREA_BYTES; va += Frames.PAGE_BYTES) {
            if (!kernel.pageFault(cpu, va, TrapHandler.WRITE)) {
                throw new IllegalStateException("no page at " + Long.toHexString(va));
            }
        }
    }

    /** Areas are two spans of a level-2 table apart, so that they do not merge. */
    private static long areaVa(int area) {
        return FIRST_VA + 2L * area * AREA_BYTES;
    }
}
