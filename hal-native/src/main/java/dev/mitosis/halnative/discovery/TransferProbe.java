package dev.mitosis.halnative.discovery;

import dev.mitosis.halnative.files.Bitmasks;
import dev.mitosis.halnative.libc.LinuxCalls;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.LongConsumer;

/**
 * Measures how long a cache line takes between each two processors of this host.
 *
 * <p>Two threads are moved from pair to pair with sched_setaffinity, one pair at a time: pairs beside each other would disturb each
 * other. Each processor has a page of its own that it touched first; a pair uses the page of one side in even rounds and of the
 * other in odd ones, because the home of a line adds to what it takes.
 *
 * <p>Errors: {@link IOException} where a thread cannot be pinned. A pair that the time did not suffice for, or one of whose sides
 * did not run for {@link #PATIENCE_NANOS}, stays {@code NaN}.
 */
public final class TransferProbe {
    private static final int PAGE_BYTES = 4096;
    private static final long PATIENCE_NANOS = 1_000_000_000L;
    /** Frequencies and compiled code settle: Sapphire Rapids takes longer to boost, and has four more rounds for it. */
    private static final long WARM_UP_NANOS = 200_000_000L;

    private final LinuxCalls calls;
    private final int[] cpus;
    private final int cpuBits;
    private final ProbeSettings settings;
    private final ExecutorService pinger = Executors.newSingleThreadExecutor(TransferProbe::daemon);
    private final ExecutorService ponger = Executors.newSingleThreadExecutor(TransferProbe::daemon);

    private TransferProbe(LinuxCalls calls, int[] cpus, ProbeSettings settings) {
        this.calls = calls;
        this.cpus = cpus.clone();
        this.settings = settings;
        cpuBits = Arrays.stream(cpus).max().orElse(0) + 1;
    }

    /**
     * Measures all pairs.
     *
     * @param cpus the kernel's numbers of the processors, of the calling process' own
     * @param seed of the order in which pairs are visited
     * @param progress hears how many of {@code rounds * n * (n - 1) / 2} visits are done
     * @return nanoseconds one way, symmetric, in the order of {@code cpus}; {@code NaN} on the diagonal and where nobody measured
     */
    public static double[][] measure(
            LinuxCalls calls, int[] cpus, ProbeSettings settings, long seed, LongConsumer progress)
            throws IOException, InterruptedException {
        TransferProbe probe = new TransferProbe(calls, cpus, settings);
        try {
            return probe.run(new Random(seed), progress);
        } finally {
            probe.pinger.shutdown();
            probe.ponger.shutdown();
        }
    }

    private record Pair(int a, int b) {}

    private double[][] run(Random random, LongConsumer progress) throws IOException, InterruptedException {
        double[][] latency = new double[cpus.length][cpus.length];
        List<Pair> pairs = new ArrayList<>();
        for (int a = 0; a < cpus.length; a++) {
            Arrays.fill(latency[a], Double.NaN);
            for (int b = a + 1; b < cpus.length; b++) {
                pairs.add(new Pair(a, b));
            }
        }
        if (pairs.isEmpty()) {
            return latency;
        }
        int length = cpus.length * PAGE_BYTES;
        long memory = calls.mmapPrivate(length);
        if (memory < 0) {
            throw new IOException("no memory for " + cpus.length + " pages: " + calls.strerror((int) -memory));
        }
        try {
            visitAll(pairs, pages(memory), latency, random, progress);
        } finally {
            // A side that still waits for the other looks at the memory: it gives up within the patience.
            if (hasEnded(pinger) && hasEnded(ponger)) {
                calls.munmap(memory, length);
            }
        }
        return latency;
    }

    private static boolean hasEnded(ExecutorService thread) throws InterruptedException {
        thread.shutdown();
        return thread.awaitTermination(2 * PATIENCE_NANOS, TimeUnit.NANOSECONDS);
    }

    /** A page for each processor, touched there first. */
    private List<ByteBuffer> pages(long memory) throws IOException, InterruptedException {
        List<ByteBuffer> pages = new ArrayList<>();
        for (int i = 0; i < cpus.length; i++) {
            int cpu = cpus[i];
            long va = memory + (long) i * PAGE_BYTES;
            await(pinger.submit(() -> {
                pin(cpu);
                calls.touch(va, PAGE_BYTES, PAGE_BYTES);
                return 0;
            }));
            pages.add(calls.view(va, PAGE_BYTES));
        }
        return pages;
    }

    private void visitAll(
            List<Pair> pairs, List<ByteBuffer> pages, double[][] latency, Random random, LongConsumer progress)
            throws IOException, InterruptedException {
        long start = System.nanoTime();
        while (System.nanoTime() - start < Math.min(WARM_UP_NANOS, settings.budgetNanos() / 4)) {
            visit(pairs.get(0), pages.get(0));
        }
        long visits = 0;
        for (int round = 0; round < settings.rounds(); round++) {
            // Another order each time: what comes and goes periodically does not meet the same pairs.
            Collections.shuffle(pairs, random);
            for (Pair pair : pairs) {
                if (System.nanoTime() - start > settings.budgetNanos()) {
                    return;
                }
                double nanos = visit(pair, pages.get(round % 2 == 0 ? pair.a : pair.b));
                if (nanos > 0) {
                    double known = latency[pair.a][pair.b];
                    double fastest = Double.isNaN(known) ? nanos : Math.min(known, nanos);
                    latency[pair.a][pair.b] = fastest;
                    latency[pair.b][pair.a] = fastest;
                }
                progress.accept(++visits);
            }
        }
    }

    private double visit(Pair pair, ByteBuffer page) throws IOException, InterruptedException {
        LineExchange line = new LineExchange(page, System.nanoTime() + PATIENCE_NANOS);
        Future<Double> ping = pinger.submit(() -> {
            pin(cpus[pair.a]);
            return line.ping(settings.samples(), settings.exchanges());
        });
        Future<Boolean> pong = ponger.submit(() -> {
            pin(cpus[pair.b]);
            return line.pong(settings.samples(), settings.exchanges());
        });
        double nanos = await(ping);
        return await(pong) ? nanos : Double.NaN;
    }

    private void pin(int cpu) throws IOException {
        BitSet only = new BitSet();
        only.set(cpu);
        int result = calls.schedSetaffinity(0, Bitmasks.words(only, cpuBits));
        if (result < 0) {
            throw new IOException("cannot run on processor " + cpu + ": " + calls.strerror(-result));
        }
    }

    private static <T> T await(Future<T> result) throws IOException, InterruptedException {
        try {
            return result.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof IOException failed) {
                throw failed;
            }
            throw new IllegalStateException("a measuring thread failed", e);
        }
    }

    private static Thread daemon(Runnable work) {
        Thread thread = new Thread(work, "cache-line exchange");
        thread.setDaemon(true);
        return thread;
    }
}
