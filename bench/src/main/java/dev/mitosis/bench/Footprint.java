package dev.mitosis.bench;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.vma.Mempolicy;
import java.util.Locale;

/**
 * What the memory manager keeps for each table page and each data frame, beyond the tables' own words: bytes of heap.
 *
 * <p>Two regions tell them apart: a dense one, where a table maps 512 frames, and a sparse one, where each table maps one. Each
 * figure charges all bytes to the one kind, so that it bounds what that kind costs from above.
 *
 * <p>Run it with a collector that neither rounds large arrays up nor leaves dead objects where they are: {@code
 * -XX:+UseSerialGC -XX:MarkSweepAlwaysCompactCount=1}.
 */
public final class Footprint {
    private static final long DENSE_BYTES = 16L << 30;
    private static final long SPARSE_BYTES = 32L << 30;
    private static final long TABLE_SPAN_BYTES = 2L << 20;
    private static final long REGION_VA = 1L << 40;

    private Footprint() {}

    public static void main(String[] args) {
        // What the Java machine itself keeps on first use is no metadata: measure once for nothing.
        measure(1, SPARSE_BYTES, TABLE_SPAN_BYTES);
        System.out.println("copies       tables  data frames     metadata  after munmap");
        for (int copies : new int[] {1, 4}) {
            Counts dense = measure(copies, DENSE_BYTES, Frames.PAGE_BYTES);
            print(copies, dense, dense.frames, "data frame");
            Counts sparse = measure(copies, SPARSE_BYTES, TABLE_SPAN_BYTES);
            print(copies, sparse, sparse.tables, "table page");
        }
    }

    /** What a region brought in: tables, frames, and metadata while it was there and when it had gone. */
    private record Counts(long tables, long frames, long bytes, long bytesAfter) {}

    private static void print(int copies, Counts counts, long divisor, String unit) {
        System.out.println(String.format(
                Locale.ROOT,
                "%6d  %11d  %11d  %11d  %12d  %.3f bytes a %s, %.3f after",
                copies,
                counts.tables,
                counts.frames,
                counts.bytes,
                counts.bytesAfter,
                (double) counts.bytes / divisor,
                unit,
                (double) counts.bytesAfter / divisor));
    }

    private static Counts measure(int copies, long bytes, long stride) {
        BenchBoard board = new BenchBoard(false, KernelSettings.DEFAULT);
        Task task = board.kernel.spawn(0, Mempolicy.interleave(board.topology().allNodes()));
        board.replicate(task.mm(), copies);
        long before = heapBytes(board);
        long tablesBefore = board.tableFrames();
        map(board, task, bytes, stride);
        long tables = board.tableFrames() - tablesBefore;
        long frames = board.dataFrames();
        long mapped = heapBytes(board) - before;
        board.kernel.munmap(task, REGION_VA, bytes);
        return new Counts(tables, frames, mapped, heapBytes(board) - before);
    }

    private static void map(BenchBoard board, Task task, long bytes, long stride) {
        board.kernel.mmap(task, REGION_VA, bytes, BenchBoard.READ_WRITE, BenchBoard.ANONYMOUS);
        for (long at = 0; at < bytes; at += stride) {
            board.kernel.populate(task, REGION_VA + at, Frames.PAGE_BYTES, true);
        }
    }

    /** The bytes that objects take that can be reached, without the words of table frames. */
    private static long heapBytes(BenchBoard board) {
        for (int i = 0; i < 3; i++) {
            System.gc();
        }
        Runtime runtime = Runtime.getRuntime();
        return runtime.totalMemory() - runtime.freeMemory() - board.memory.backedBytes();
    }
}
