package dev.mitosis.halnative.calibrate;

import dev.mitosis.halnative.board.BoundMemory;
import dev.mitosis.halnative.libc.LinuxCalls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;

/** Measures the way from processors of a node to the memory of a node: idle, busy, with small and huge pages, and how much it carries. */
public final class NodePairs {
    private static final int ROUNDS = 7;
    private static final long STEPS = 300_000;
    private static final int STREAM_BYTES = 64 << 20;
    private static final long STREAM_NANOS = 150_000_000L;

    private final LinuxCalls calls;
    private final int bytes;
    private final long seed;

    /**
     * Measures with chains through so many bytes.
     *
     * @param bytes several times the last-level cache
     */
    public NodePairs(LinuxCalls calls, int bytes, long seed) {
        this.calls = calls;
        this.bytes = bytes;
        this.seed = seed;
    }

    /** Nanoseconds that a load takes which misses all caches. */
    public Measured idleNanos(int cpu, int node, BoundMemory.Pages pages) throws IOException, InterruptedException {
        return Pinned.run(calls, cpu, () -> {
            try (BoundMemory memory = BoundMemory.map(calls, bytes, node, pages)) {
                requireOn(memory, node);
                PointerChase chase = PointerChase.throughLines(memory.buffer(), bytes, seed);
                chase.nanosPerStep(STEPS);
                return Measured.least(ROUNDS, () -> chase.nanosPerStep(STEPS));
            }
        });
    }

    /** The same while other processors read the node's memory as fast as they can. */
    Measured busyNanos(int cpu, int node, List<Integer> others) throws IOException, InterruptedException {
        AtomicBoolean end = new AtomicBoolean();
        List<FutureTask<Double>> streams = new ArrayList<>();
        for (int other : others) {
            streams.add(Pinned.start(calls, other, () -> stream(node, () -> end.get())));
        }
        try {
            return idleNanos(cpu, node, BoundMemory.Pages.HUGE);
        } finally {
            end.set(true);
            for (FutureTask<Double> stream : streams) {
                Pinned.await(stream);
            }
        }
    }

    /** Megabytes (10^6) a second that these processors together read from a node's memory. */
    Measured megabytesPerSecond(List<Integer> cpus, int node) throws IOException, InterruptedException {
        try {
            return Measured.most(ROUNDS, () -> {
                List<FutureTask<Double>> streams = new ArrayList<>();
                for (int cpu : cpus) {
                    streams.add(Pinned.start(calls, cpu, () -> {
                        long start = System.nanoTime();
                        return stream(node, () -> System.nanoTime() - start > STREAM_NANOS);
                    }));
                }
                double sum = 0;
                for (FutureTask<Double> stream : streams) {
                    sum += Pinned.await(stream);
                }
                return sum;
            });
        } catch (IOException | InterruptedException | RuntimeException e) {
            throw e;
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }

    private interface Until {
        boolean isOver();
    }

    /** Reads memory of a node over and over; megabytes a second after the first time. */
    private double stream(int node, Until until) throws IOException {
        try (BoundMemory memory = BoundMemory.map(calls, STREAM_BYTES, node, BoundMemory.Pages.HUGE)) {
            long sum = Sums.of(memory.buffer());
            long start = System.nanoTime();
            long read = 0;
            do {
                sum += Sums.of(memory.buffer());
                read += STREAM_BYTES;
            } while (!until.isOver());
            // The sum is of zeroes; that it is looked at keeps the loads from being left out.
            return sum == 1 ? 0 : read * 1e3 / (System.nanoTime() - start);
        }
    }

    /** Memory that is not where it was asked for makes every number wrong. */
    static void requireOn(BoundMemory memory, int node) throws IOException {
        for (int actual : memory.nodesOfPages()) {
            if (node != BoundMemory.ANY_NODE && actual >= 0 && actual != node) {
                throw new IOException("memory was asked for on node " + node + ", and is on node " + actual);
            }
        }
    }
}
