package dev.mitosis.lab.experiments;

import dev.mitosis.lab.experiments.Experiment.Listener;
import dev.mitosis.workloads.synthetic.Workload;
import dev.mitosis.workloads.synthetic.WorkloadRegistry;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Simulations side by side on host threads; each is one thread's own machine, so that their number changes no result. */
final class Simulations {
    private final List<Runnable> parts = new ArrayList<>();
    private final List<String> names = new ArrayList<>();

    void add(String name, Runnable part) {
        names.add(name);
        parts.add(part);
    }

    void run(int hostThreads, Listener listener) {
        ExecutorService threads = Executors.newFixedThreadPool(Math.max(1, hostThreads));
        try {
            List<Future<?>> running = new ArrayList<>();
            parts.forEach(part -> running.add(threads.submit(part)));
            for (int part = 0; part < running.size(); part++) {
                listener.part(part, running.size(), names.get(part));
                running.get(part).get();
            }
        } catch (InterruptedException stopped) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted", stopped);
        } catch (ExecutionException failed) {
            if (failed.getCause() instanceof RuntimeException known) {
                throw known;
            }
            if (failed.getCause() instanceof Error fatal) {
                throw fatal;
            }
            throw new IllegalStateException(failed.getCause());
        } finally {
            threads.shutdownNow();
        }
    }

    /** What a workload is on all sockets of a guest: at 600 GB where the published one is larger. */
    static Workload onAllSocketsOfGuest(String name) {
        return find(name + "-guest-wide", name + "-wide", name);
    }

    /** The workload of a name, or of one of several, in that order. */
    static Workload find(String... names) {
        return Arrays.stream(names)
                .flatMap(name -> WorkloadRegistry.find(name).stream())
                .findFirst()
                .orElseThrow(() ->
                        new IllegalArgumentException("no workload '" + names[names.length - 1] + "' is known here"));
    }
}
