package dev.mitosis.mm.frame;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.lock.SpinLock;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * One node's memory: data in 2 MiB blocks, table frames as stacks, and the reserve of table frames.
 *
 * <p>Concurrency: one lock a node, innermost of all; none where one thread owns the machine.
 *
 * <p>Source: Linux {@code include/linux/mmzone.h:struct zone}.
 */
final class MemoryNode {
    /** The zero page has its place at the end of the table zone. */
    private static final long MAX_TABLES = Frames.TABLE_ZONE_FRAMES - (1L << FrameAllocator.ORDER_2M);

    private final int node;
    private final long frames;
    private final BlockList data;
    private final @Nullable SpinLock lock;
    private long usedData;
    private long usedTables;
    private int reserveCount;
    private int tableBump;
    private int[] freeTables = new int[0];
    private int freeTableCount;
    private int[] reserve = new int[0];
    private int reserveSize;
    private long reserveHits;

    MemoryNode(int node, long frames, boolean concurrent) {
        this.node = node;
        this.frames = frames;
        long blocks = (frames + BlockList.FRAMES - 1) / BlockList.FRAMES;
        // Twice the capacity in addresses: table frames are numbered apart, and capacity is what is counted.
        this.data = new BlockList((int) Math.min(2 * blocks, Integer.MAX_VALUE / 8));
        this.lock = concurrent ? new SpinLock() : null;
    }

    /** Begins a piece of work on the node's lists; the other methods need it. */
    void lock() {
        if (lock != null) {
            lock.lock();
        }
    }

    void unlock() {
        if (lock != null) {
            lock.unlock();
        }
    }

    // ---- data ----

    long takeData(int order) {
        long count = 1L << order;
        if (freeFrames() < count) {
            return Frames.NO_FRAME;
        }
        long frame;
        if (order == FrameAllocator.ORDER_4K) {
            frame = data.takeFrame();
        } else {
            int block = data.takeBlocks(1 << (order - FrameAllocator.ORDER_2M));
            frame = block < 0 ? -1 : (long) block * BlockList.FRAMES;
        }
        if (frame < 0) {
            return Frames.NO_FRAME;
        }
        usedData += count;
        return Frames.pfn(node, Frames.TABLE_ZONE_FRAMES + frame);
    }

    /** Takes up to {@code count} frames of 4 KiB into an array; returns how many there were. */
    int takeDataBatch(long[] pfns, int from, int count) {
        int wanted = (int) Math.min(count, freeFrames());
        int taken = 0;
        while (taken < wanted) {
            long frame = data.takeFrame();
            if (frame < 0) {
                break;
            }
            pfns[from + taken++] = Frames.pfn(node, Frames.TABLE_ZONE_FRAMES + frame);
        }
        usedData += taken;
        return taken;
    }

    void giveData(long pfn, int order) {
        long frame = Frames.frameInNode(pfn) - Frames.TABLE_ZONE_FRAMES;
        if (order == FrameAllocator.ORDER_4K) {
            data.giveFrame(frame);
        } else {
            data.giveBlocks((int) (frame / BlockList.FRAMES), 1 << (order - FrameAllocator.ORDER_2M));
        }
        usedData -= 1L << order;
    }

    /** Keeps the lists to the blocks that have been used, or lets them go on to fresh ones. */
    void seal(boolean sealed) {
        data.seal(sealed);
    }

    /** Frames that neither data, nor tables, nor the reserve hold. */
    long freeFrames() {
        return frames - usedData - usedTables - reserveCount;
    }

    long usedData() {
        return usedData;
    }

    // ---- tables ----

    int takeTable() {
        int frame;
        if (reserveCount > 0) {
            frame = reserve[--reserveCount];
            reserveHits++;
        } else {
            frame = freshTable();
            if (frame < 0) {
                return -1;
            }
        }
        usedTables++;
        return frame;
    }

    void giveTable(int frame) {
        usedTables--;
        if (reserveCount < reserveSize) {
            reserve = pushed(reserve, reserveCount++, frame);
        } else {
            freeTables = pushed(freeTables, freeTableCount++, frame);
        }
    }

    int fillReserve(int count) {
        reserveSize = count;
        while (reserveCount < count) {
            int frame = freshTable();
            if (frame < 0) {
                break;
            }
            reserve = pushed(reserve, reserveCount++, frame);
        }
        return reserveCount;
    }

    void drainReserve() {
        reserveSize = 0;
        while (reserveCount > 0) {
            freeTables = pushed(freeTables, freeTableCount++, reserve[--reserveCount]);
        }
    }

    long usedTables() {
        return usedTables;
    }

    int reserved() {
        return reserveCount;
    }

    long reserveHits() {
        return reserveHits;
    }

    /** The bytes that lists and bitmaps take now. */
    long metadataBytes() {
        return data.bytes() + 4L * freeTables.length + 4L * reserve.length;
    }

    private int freshTable() {
        if (freeFrames() < 1) {
            return -1;
        }
        if (freeTableCount > 0) {
            return freeTables[--freeTableCount];
        }
        return tableBump < MAX_TABLES ? tableBump++ : -1;
    }

    private static int[] pushed(int[] stack, int size, int value) {
        int[] grown = size < stack.length ? stack : Arrays.copyOf(stack, Math.max(16, size * 2));
        grown[size] = value;
        return grown;
    }
}
