package dev.mitosis.kvm.discovery;

import java.util.Random;
import java.util.stream.IntStream;

/** A machine that exists as latencies alone: sockets of clusters of cores of threads, numbered in that order. */
record SyntheticMachine(
        int sockets,
        int clusters,
        int cores,
        int threads,
        double smtNanos,
        double clusterNanos,
        double socketNanos,
        double remoteNanos) {

    /** Two sockets of a mesh without clusters, as Skylake and its successors. */
    static SyntheticMachine mesh(int sockets, int cores, int threads) {
        return new SyntheticMachine(sockets, 1, cores, threads, 7.4, 48, 48, 141);
    }

    /** Core complexes around a die that talks to memory, as EPYC. */
    static SyntheticMachine chiplets(int sockets, int complexes, int cores, int threads) {
        return new SyntheticMachine(sockets, complexes, cores, threads, 10, 25, 112, 200);
    }

    int cpus() {
        return sockets * clusters * cores * threads;
    }

    int core(int cpu) {
        return cpu / threads;
    }

    int cluster(int cpu) {
        return core(cpu) / cores;
    }

    int socket(int cpu) {
        return cluster(cpu) / clusters;
    }

    double latency(int a, int b) {
        if (core(a) == core(b)) {
            return smtNanos;
        }
        if (cluster(a) == cluster(b)) {
            return clusterNanos;
        }
        return socket(a) == socket(b) ? socketNanos : remoteNanos;
    }

    double[][] rows() {
        return IntStream.range(0, cpus())
                .mapToObj(a -> IntStream.range(0, cpus())
                        .mapToDouble(b -> latency(a, b))
                        .toArray())
                .toArray(double[][]::new);
    }

    LatencyMatrix matrix() {
        return LatencyMatrix.of(rows());
    }

    int[] sockets(int[] oldNumber) {
        return IntStream.of(oldNumber).map(this::socket).toArray();
    }

    static int[] shuffled(int size, Random random) {
        int[] order = IntStream.range(0, size).toArray();
        for (int i = size - 1; i > 0; i--) {
            int j = random.nextInt(i + 1);
            int swap = order[i];
            order[i] = order[j];
            order[j] = swap;
        }
        return order;
    }
}
