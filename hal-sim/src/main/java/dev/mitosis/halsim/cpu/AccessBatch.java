package dev.mitosis.halsim.cpu;

import dev.mitosis.halsim.timing.ReferenceSample;
import org.jspecify.annotations.Nullable;

/**
 * A run of memory accesses of one thread, in program order, as flat arrays that are filled and used again.
 *
 * <p>Shape: entry {@code i} is the byte address {@code va[i]} and {@code meta[i]}: bit 0 set for a store, bit 1 for a touch that
 * the kernel made for the program, bits 2 and up the number of accesses that the entry stands for. Consecutive accesses of
 * a thread to one cache line may be folded into one entry: it is a store when any of them was. No entry crosses a line.
 *
 * <p>{@code instructions} counts the instructions that the thread executed over the whole batch.
 *
 * <p>A detailed batch also knows what kinds of instructions these were, and for each entry the earlier one whose load its address came
 * from: {@code distance[i]}, as an unsigned byte, counts entries of this thread back to it; 0 says that it came from none, or from one
 * further back than {@value #MAX_DISTANCE}. Of folded accesses the first is meant. In a batch without details nothing is known of that.
 */
public final class AccessBatch {
    /** The capacity that producers use unless they have a reason. */
    public static final int DEFAULT_CAPACITY = 1024;

    public static final int STORE = 1;
    public static final int KERNEL = 1 << 1;
    public static final int COUNT_SHIFT = 2;
    /** More entries than any processor has in flight. */
    public static final int MAX_DISTANCE = 255;

    public final long[] va;
    public final int[] meta;
    public final byte[] distance;
    public int size;
    public long instructions;
    /** Whether {@link #distance} and the counts below are known. */
    public boolean isDetailed;

    public long multiplies;
    /** Integer and floating-point divisions, and square roots. */
    public long divides;
    /** What floating-point units do besides. */
    public long floatingPoints;

    public long branches;

    public AccessBatch(int capacity) {
        va = new long[capacity];
        meta = new int[capacity];
        distance = new byte[capacity];
    }

    public AccessBatch() {
        this(DEFAULT_CAPACITY);
    }

    public void clear() {
        size = 0;
        instructions = 0;
        isDetailed = false;
        clearKinds();
    }

    private void clearKinds() {
        multiplies = 0;
        divides = 0;
        floatingPoints = 0;
        branches = 0;
    }

    /** Takes over the counts of instructions, and whether details are known, from another batch; none when {@code from} is null. */
    public void setCounts(@Nullable AccessBatch from) {
        clearKinds();
        instructions = 0;
        if (from != null) {
            instructions = from.instructions;
            isDetailed = from.isDetailed;
            multiplies = from.multiplies;
            divides = from.divides;
            floatingPoints = from.floatingPoints;
            branches = from.branches;
        }
    }

    /** Some of its entries, for a sample. */
    public ReferenceSample.Stretch stretch(int from, int to) {
        float entries = Math.max(1, size);
        return new ReferenceSample.Stretch(
                va, meta, distance, from, to, instructions / entries, divides / entries, isDetailed);
    }

    public boolean isFull() {
        return size == va.length;
    }

    /** Appends one access. */
    public void add(long address, boolean store) {
        va[size] = address;
        distance[size] = 0;
        meta[size++] = (1 << COUNT_SHIFT) | (store ? STORE : 0);
    }

    /** Appends an entry with its flags and the number of accesses it stands for. */
    public void add(long address, int flags, int count) {
        assert count > 0 && (flags >>> COUNT_SHIFT) == 0 : count + " accesses, flags " + flags;
        va[size] = address;
        distance[size] = 0;
        meta[size++] = (count << COUNT_SHIFT) | flags;
    }

    /** The same for an address that the load of an earlier entry decides, {@code back} entries before; 0 for none. */
    public void add(long address, int flags, int count, int back) {
        add(address, flags, count);
        distance[size - 1] = (byte) (back <= MAX_DISTANCE ? back : 0);
    }

    /** The accesses before folding: the sum of the entries' counts. */
    public long rawAccesses() {
        long sum = 0;
        for (int i = 0; i < size; i++) {
            sum += meta[i] >>> COUNT_SHIFT;
        }
        return sum;
    }
}
