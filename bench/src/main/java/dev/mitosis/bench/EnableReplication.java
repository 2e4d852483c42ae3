package dev.mitosis.bench;

import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.vma.Mempolicy;
import java.util.Arrays;
import java.util.Locale;

/**
 * Copies on and off on a live process of 64 GiB: 16.7 million entries in some 33,000 tables.
 *
 * <p>It prints the median time of each, and the host memory that the process's copies take beside the 4 KiB of each.
 */
public final class EnableReplication {
    private static final long BYTES = 64L << 30;
    private static final long REGION_VA = 1L << 40;
    private static final long FRAMES_PER_NODE = 1L << 23;
    private static final int COPIES = 4;
    private static final int ROUNDS = 7;
    private static final long PAGE_BYTES = 4096;

    private EnableReplication() {}

    public static void main(String[] args) {
        BenchBoard board = new BenchBoard(false, KernelSettings.DEFAULT, FRAMES_PER_NODE);
        Task task = board.kernel.spawn(0, Mempolicy.interleave(board.topology().allNodes()));
        board.kernel.mmap(task, REGION_VA, BYTES, BenchBoard.READ_WRITE, BenchBoard.ANONYMOUS);
        board.kernel.populate(task, REGION_VA, BYTES, true);
        long tables = board.tableFrames();
        long before = usedBytes();
        double[] on = new double[ROUNDS];
        double[] off = new double[ROUNDS];
        double[] moved = new double[ROUNDS];
        double memory = 0;
        for (int round = 0; round < ROUNDS; round++) {
            long started = System.nanoTime();
            board.replicate(task.mm(), COPIES);
            on[round] = (System.nanoTime() - started) / 1e6;
            if (round == 0) {
                memory = (double) (usedBytes() - before) / ((board.tableFrames() - tables) * PAGE_BYTES);
            }
            started = System.nanoTime();
            board.replicator().collapse(task.mm());
            off[round] = (System.nanoTime() - started) / 1e6;
            started = System.nanoTime();
            board.replicator().move(task.mm(), round % BenchBoard.NODES);
            moved[round] = (System.nanoTime() - started) / 1e6;
        }
        System.out.println(String.format(
                Locale.ROOT,
                "%d GiB, %,d tables: %d copies on in %.0f ms (first time %.0f), off in %.0f ms, tree moved in %.0f ms;"
                        + " memory %.3f of the copies'",
                BYTES >> 30,
                tables,
                COPIES,
                median(on),
                on[0],
                median(off),
                median(moved),
                memory));
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }

    private static long usedBytes() {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory();
    }
}
