package dev.mitosis.lab.run;

import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.workloads.synthetic.AccessStream;
import dev.mitosis.workloads.synthetic.Workload;
import java.util.ArrayList;
import java.util.List;

/**
 * The threads of a program that share a core, access by access in turn: they share its TLBs, walk caches and private caches.
 *
 * <p>Errors: {@link IllegalArgumentException} for no thread.
 *
 * <p>Source: Intel Optimization Manual 248966, section 2.6.1: hardware threads of a core share its caches and second-level TLB, and take turns.
 */
final class HardwareThreads implements AccessStream {
    private final List<AccessStream> threads;
    private final List<AccessBatch> batches = new ArrayList<>();

    private HardwareThreads(List<AccessStream> threads) {
        this.threads = List.copyOf(threads);
    }

    /** One stream of several; a single one as it is. */
    static AccessStream of(List<AccessStream> threads) {
        if (threads.isEmpty()) {
            throw new IllegalArgumentException("a core runs at least one thread");
        }
        return threads.size() == 1 ? threads.get(0) : new HardwareThreads(threads);
    }

    /** What each of so many cores does, of a program that runs on all their threads. */
    static List<AccessStream> ofCores(Workload workload, int cores, int ofCore, long[] areaVa, long seed) {
        List<AccessStream> streams = new ArrayList<>();
        for (int core = 0; core < cores; core++) {
            List<AccessStream> threads = new ArrayList<>();
            for (int thread = 0; thread < ofCore; thread++) {
                threads.add(workload.stream(core * ofCore + thread, cores * ofCore, areaVa, seed));
            }
            streams.add(of(threads));
        }
        return streams;
    }

    @Override
    public void fill(AccessBatch batch) {
        int share = (batch.va.length - batch.size) / threads.size();
        if (batches.isEmpty() || batches.get(0).va.length != share) {
            batches.clear();
            threads.forEach(thread -> batches.add(new AccessBatch(share)));
        }
        int longest = 0;
        for (int i = 0; i < threads.size(); i++) {
            AccessBatch part = batches.get(i);
            part.clear();
            threads.get(i).fill(part);
            batch.instructions += part.instructions;
            longest = Math.max(longest, part.size);
        }
        for (int at = 0; at < longest; at++) {
            for (AccessBatch part : batches) {
                if (at < part.size) {
                    batch.va[batch.size] = part.va[at];
                    batch.meta[batch.size++] = part.meta[at];
                }
            }
        }
    }
}
