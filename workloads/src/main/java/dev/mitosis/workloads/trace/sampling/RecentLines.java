package dev.mitosis.workloads.trace.sampling;

import dev.mitosis.halsim.cpu.AccessBatch;
import java.util.Arrays;

/**
 * The cache lines that threads have touched most recently, each once, in the order of their last touch: what caches and TLBs hold.
 *
 * <p>Shape: two hash tables of {@code thread | line} with the time of the last touch. A touch goes to the young one; when that is full it
 * becomes the old one. So at least the last {@code capacity} lines are there, and at most twice as many are remembered.
 *
 * <p>Memory: 64 bytes a line of capacity, which is bounded. Cost: one look-up an entry, and a sort of the lines when they are asked for.
 *
 * <p>Source: Barr, Pan, Zhang, Asanović: Accelerating multiprocessor simulation with a memory timestamp record (ISPASS'05).
 */
public final class RecentLines {
    /** Lines of 128 MiB: more than a last-level cache of most sockets. */
    static final int MAX_CAPACITY = 1 << 21;

    private static final int LINE_SHIFT = 6;
    /** A line's number has 41 bits in a user address of 47. */
    private static final int THREAD_SHIFT = 41;

    private static final long LINE_MASK = (1L << THREAD_SHIFT) - 1;
    private static final int SLOT_BITS = 22;

    private final int capacity;
    private final int mask;
    private Table young;
    private Table old;
    private long time;

    /** Takes what comes out, the least recent first. */
    public interface Receiver {
        void line(int thread, long va);
    }

    private static final class Table {
        /** {@code thread | line} plus one; zero is free. */
        final long[] keys;

        final long[] times;
        int size;

        Table(int slots) {
            keys = new long[slots];
            times = new long[slots];
        }

        int find(long key, int mask) {
            int slot = (int) ((key * 0x9E3779B97F4A7C15L) >>> 40) & mask;
            while (keys[slot] != 0 && keys[slot] != key) {
                slot = slot + 1 & mask;
            }
            return slot;
        }
    }

    /** Room for the last lines, {@value #MAX_CAPACITY} at the most. */
    public RecentLines(long lines) {
        capacity = (int) Math.min(MAX_CAPACITY, Math.max(1, lines));
        int slots = Math.max(16, Integer.highestOneBit(capacity) << (Integer.bitCount(capacity) == 1 ? 1 : 2));
        slots = Math.min(slots, 1 << SLOT_BITS);
        mask = slots - 1;
        young = new Table(slots);
        old = new Table(slots);
    }

    int capacity() {
        return capacity;
    }

    /** A thread touches the line of an address. */
    public void touch(int thread, long va) {
        long key = ((long) thread << THREAD_SHIFT | va >>> LINE_SHIFT) + 1;
        int slot = young.find(key, mask);
        if (young.keys[slot] == 0) {
            if (young.size == capacity) {
                Table used = old;
                old = young;
                young = used;
                Arrays.fill(young.keys, 0);
                young.size = 0;
                slot = young.find(key, mask);
            }
            young.keys[slot] = key;
            young.size++;
        }
        young.times[slot] = ++time;
    }

    /** Hands out the most recent lines, at most the capacity. */
    public void replay(Receiver to) {
        long first = time;
        int count = 0;
        for (int slot = 0; slot <= mask; slot++) {
            if (young.keys[slot] != 0) {
                first = Math.min(first, young.times[slot]);
                count++;
            }
            if (isOldOnly(slot)) {
                first = Math.min(first, old.times[slot]);
                count++;
            }
        }
        // | time since the first (41 bits) | old (1) | slot (22) |
        long[] order = new long[count];
        int at = 0;
        for (int slot = 0; slot <= mask; slot++) {
            if (young.keys[slot] != 0) {
                order[at++] = young.times[slot] - first << SLOT_BITS + 1 | slot;
            }
            if (isOldOnly(slot)) {
                order[at++] = old.times[slot] - first << SLOT_BITS + 1 | 1L << SLOT_BITS | slot;
            }
        }
        Arrays.sort(order);
        for (int i = Math.max(0, count - capacity); i < count; i++) {
            int slot = (int) order[i] & (1 << SLOT_BITS) - 1;
            long key = ((order[i] >>> SLOT_BITS & 1) == 0 ? young : old).keys[slot] - 1;
            to.line((int) (key >>> THREAD_SHIFT), (key & LINE_MASK) << LINE_SHIFT);
        }
    }

    /** Says which lines are wanted. */
    public interface Filter {
        boolean isWanted(int thread, long va);
    }

    /** Takes loads of lines of one thread; the batch is emptied afterwards. */
    public interface BatchReceiver {
        void lines(int thread, AccessBatch loads);
    }

    /** {@link #replay} of those lines that are wanted, as loads, a batch for each run of lines of a thread. */
    public void replay(Filter filter, BatchReceiver to) {
        AccessBatch loads = new AccessBatch();
        int[] of = {-1};
        replay((thread, va) -> {
            if (!filter.isWanted(thread, va)) {
                return;
            }
            if (loads.isFull() || thread != of[0]) {
                hand(of[0], loads, to);
                of[0] = thread;
            }
            loads.add(va, false);
        });
        hand(of[0], loads, to);
    }

    private static void hand(int thread, AccessBatch loads, BatchReceiver to) {
        if (loads.size > 0) {
            to.lines(thread, loads);
        }
        loads.clear();
    }

    private boolean isOldOnly(int slot) {
        return old.keys[slot] != 0 && young.keys[young.find(old.keys[slot], mask)] == 0;
    }
}
