package dev.mitosis.x86;

/**
 * The lock of a table's entries, and of its replica ring; the kernel owns it.
 *
 * <p>Concurrency: a thread holds one at a time.
 */
public interface TableLock {
    void lock(long table);

    void unlock(long table);
}
