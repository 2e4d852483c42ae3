package dev.mitosis.mm;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * What the NUMA hints of a task have told: how many of its pages lie on which node.
 *
 * <p>Each fold halves what was known and adds what is new, so that a task that changes its ways is seen to.
 *
 * <p>Source: Linux {@code kernel/sched/fair.c:task_numa_fault, task_numa_placement}.
 */
public final class NumaFaults {
    private static final int NO_NODE = -1;

    private final AtomicLongArray fresh;
    private final long[] folded;
    private final AtomicLongArray localAndRemote = new AtomicLongArray(2);

    NumaFaults(int nodes) {
        fresh = new AtomicLongArray(nodes);
        folded = new long[nodes];
    }

    /** A hint of a page on a node, taken by a processor of another or of the same. */
    public void count(int nodeOfPage, boolean isLocal) {
        fresh.getAndIncrement(nodeOfPage);
        localAndRemote.getAndIncrement(isLocal ? 0 : 1);
    }

    /** Hints since the last fold. */
    public long fresh() {
        return localAndRemote.get(0) + localAndRemote.get(1);
    }

    /** The share of the hints since the last fold whose page was on the task's node; 1 when there were none. */
    public double localShare() {
        long all = fresh();
        return all == 0 ? 1 : (double) localAndRemote.get(0) / all;
    }

    /** Adds what is new to what is known. */
    public void fold() {
        for (int node = 0; node < folded.length; node++) {
            folded[node] = folded[node] / 2 + fresh.getAndSet(node, 0);
        }
        localAndRemote.set(0, 0);
        localAndRemote.set(1, 0);
    }

    /** What is known of a node, as of the last fold. */
    public long known(int node) {
        return folded[node];
    }

    /** The node that most of the task's pages lie on, as of the last fold; -1 when nothing is known. */
    public int preferredNode() {
        int best = NO_NODE;
        long most = 0;
        for (int node = 0; node < folded.length; node++) {
            if (folded[node] > most) {
                most = folded[node];
                best = node;
            }
        }
        return best;
    }
}
