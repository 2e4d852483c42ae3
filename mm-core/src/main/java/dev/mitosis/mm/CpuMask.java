package dev.mitosis.mm;

import java.util.concurrent.atomic.AtomicLongArray;

/**
 * A set of processors that several threads change at once.
 *
 * <p>Shape: one bit a processor; setting and reading are sequentially consistent, which the shootdown protocol needs.
 *
 * <p>Source: Linux {@code include/linux/cpumask.h}.
 */
public final class CpuMask {
    private final AtomicLongArray words;

    CpuMask(int cpus) {
        words = new AtomicLongArray((cpus + Long.SIZE - 1) / Long.SIZE);
    }

    public void set(int cpu) {
        words.getAndUpdate(cpu / Long.SIZE, word -> word | 1L << cpu);
    }

    public void clear(int cpu) {
        words.getAndUpdate(cpu / Long.SIZE, word -> word & ~(1L << cpu));
    }

    public boolean get(int cpu) {
        return (words.get(cpu / Long.SIZE) >>> cpu & 1) != 0;
    }

    public boolean isEmpty() {
        return nextSetBit(0) < 0;
    }

    /** The first processor of the set that is not below {@code from}, or -1. */
    public int nextSetBit(int from) {
        int at = from / Long.SIZE;
        if (at >= words.length()) {
            return -1;
        }
        long word = words.get(at) & -1L << from;
        while (word == 0) {
            if (++at == words.length()) {
                return -1;
            }
            word = words.get(at);
        }
        return at * Long.SIZE + Long.numberOfTrailingZeros(word);
    }
}
