package dev.mitosis.hal;

/**
 * The words of the frames that hold page tables.
 *
 * <p>Shape: a table frame is 512 words of 64 bits; {@code table} is always a frame number from a table zone, {@code index}
 * is 0 … 511. A frame reads as zeroes when it was never written.
 *
 * <p>Concurrency: a board says whether its memory may be used by several threads at once. Where it may, {@link #read} and
 * {@link #write} are single-copy atomic with acquire and release order (as x86 is), and the get-and-… operations are
 * atomic read-modify-writes (as x86's LOCK-prefixed instructions are).
 *
 * <p>It is an abstract class, and one subclass is loaded in a run, so that calls on the access path bind statically.
 *
 * <p>Source: Intel SDM vol. 3A §4.5 (tables of 512 8-byte entries), §8.1 (locked atomic operations).
 */
public abstract class PhysicalMemory {
    public static final int WORDS = 512;

    /** Says whether several threads may use this memory at once; a kernel that boots on it then takes its locks. */
    public boolean isConcurrent() {
        return true;
    }

    public abstract long read(long table, int index);

    public abstract void write(long table, int index, long word);

    public abstract boolean compareAndSet(long table, int index, long expected, long word);

    public abstract long getAndSet(long table, int index, long word);

    public abstract long getAndOr(long table, int index, long bits);

    public abstract long getAndAnd(long table, int index, long bits);

    /** Makes all 512 words zero. */
    public abstract void clear(long table);

    /** Copies all 512 words of one table frame to another. */
    public abstract void copy(long from, long to);

    /** Writes {@code first + i * step} to the words {@code index + i}, for i = 0 … count - 1. */
    public void fill(long table, int index, int count, long first, long step) {
        long word = first;
        for (int i = 0; i < count; i++, word += step) {
            write(table, index + i, word);
        }
    }
}
