package dev.mitosis.bench;

import dev.mitosis.hal.ArrayMemory;
import dev.mitosis.hal.Frames;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.x86.FrameSource;
import dev.mitosis.x86.NativePageTableOps;
import dev.mitosis.x86.PageTable;
import dev.mitosis.x86.PageTableOps;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;

/**
 * Editing the leaves of a 4 GiB region through the waist, one call a table: nanoseconds a page.
 *
 * <p>This is the part of mmap with MAP_POPULATE, mprotect and munmap that replication makes dearer; the system calls add VMAs,
 * frames and shootdowns.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 5, time = 1)
@Fork(2)
@OperationsPerInvocation(WaistRanges.TABLES * PagingLevel.ENTRIES)
public class WaistRanges {
    static final int TABLES = 2048;

    private static final int LEAF = 1;
    private static final int CPU = 0;
    private static final int NODE = 0;
    private static final long FIRST_DATA_FRAME = Frames.TABLE_ZONE_FRAMES;
    private static final long LEAF_FLAGS = Pte.PRESENT | Pte.WRITE | Pte.USER | Pte.ACCESSED;

    private final ArrayMemory memory = new ArrayMemory(1, false);
    private final PageTableOps waist = new NativePageTableOps(memory, new RisingTables(), KernelMeter.NONE);
    private final long[] tables = new long[TABLES];
    private final long[] old = new long[PagingLevel.ENTRIES];
    private boolean writable = true;

    /** Table frames in rising order, never given back. */
    private static final class RisingTables implements FrameSource {
        private long next;

        @Override
        public long takeTable(int node) {
            return Frames.pfn(node, next++);
        }

        @Override
        public void returnTable(long table) {
            throw new IllegalStateException("no table is freed here");
        }
    }

    @Setup
    public void mapTheRegion() {
        PageTable tree = new PageTable(0, 4);
        for (int i = 0; i < TABLES; i++) {
            tables[i] = waist.allocateTable(tree, LEAF, CPU, NODE);
        }
        populate();
    }

    @Benchmark
    public void populate() {
        for (int i = 0; i < TABLES; i++) {
            long frame = Frames.pfn(NODE, FIRST_DATA_FRAME + (long) i * PagingLevel.ENTRIES);
            waist.setLeaves(CPU, LEAF, tables[i], 0, PagingLevel.ENTRIES, Pte.of(frame, LEAF_FLAGS), Frames.PAGE_BYTES);
        }
    }

    /** Takes write permission away, or gives it back, in turn. */
    @Benchmark
    public int protect() {
        writable = !writable;
        int changed = 0;
        for (int i = 0; i < TABLES; i++) {
            changed += waist.modifyLeaves(
                    CPU, LEAF, tables[i], 0, PagingLevel.ENTRIES, writable ? 0 : Pte.WRITE, writable ? Pte.WRITE : 0);
        }
        return changed;
    }

    /** Unmapping needs something mapped: take {@link #populate} off to get the price of the unmapping alone. */
    @Benchmark
    public int populateAndUnmap() {
        populate();
        int cleared = 0;
        for (int i = 0; i < TABLES; i++) {
            cleared += waist.getAndClearLeaves(CPU, LEAF, tables[i], 0, PagingLevel.ENTRIES, old, 0);
        }
        return cleared;
    }
}
