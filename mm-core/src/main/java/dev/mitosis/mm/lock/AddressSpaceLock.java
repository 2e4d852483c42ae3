package dev.mitosis.mm.lock;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * The lock of an address space (mmap_lock): many readers, or one writer.
 *
 * <p>Readers count themselves in stripes, one line each, so that faults on different processors do not write the same line. A
 * writer raises its flag and waits until all stripes are zero. The writer may take the lock again, for reading or writing.
 *
 * <p>Where one thread owns the machine the lock does nothing.
 *
 * <p>Source: the role of Linux {@code include/linux/mmap_lock.h}; the scheme is that of
 * {@code kernel/locking/percpu-rwsem.c}.
 */
public final class AddressSpaceLock {
    private static final VarHandle READERS = MethodHandles.arrayElementVarHandle(int[].class);
    private static final int STRIPES = 16;
    private static final int CELLS_PER_LINE = 16;
    private static final int SPINS = 256;
    private static final long PAUSE_NANOS = 20_000;

    private final int[] readers;
    private final @Nullable ReentrantLock writing;
    private volatile @Nullable Thread writer;

    public AddressSpaceLock(boolean concurrent) {
        writing = concurrent ? new ReentrantLock() : null;
        readers = concurrent ? new int[(STRIPES + 1) * CELLS_PER_LINE] : new int[0];
    }

    /** Waits until no thread writes; {@code cpu} chooses the stripe, and must be the same at the release. */
    public void lockRead(int cpu) {
        while (!tryLockRead(cpu)) {
            awaitWriter();
        }
    }

    /** Waits where writers wait, not in a loop. */
    private void awaitWriter() {
        ReentrantLock lock = writing;
        if (lock == null) {
            return;
        }
        lock.lock();
        try {
            assert writer == null : "a writer left its flag behind";
        } finally {
            lock.unlock();
        }
    }

    /** Takes the lock for reading, or says that a thread writes or waits to. */
    public boolean tryLockRead(int cpu) {
        if (writing == null || writer == Thread.currentThread()) {
            return true;
        }
        int stripe = stripe(cpu);
        READERS.getAndAdd(readers, stripe, 1);
        if (writer == null) {
            return true;
        }
        READERS.getAndAdd(readers, stripe, -1);
        return false;
    }

    public void unlockRead(int cpu) {
        if (writing == null || writer == Thread.currentThread()) {
            return;
        }
        int before = (int) READERS.getAndAdd(readers, stripe(cpu), -1);
        assert before > 0 : "mmap_lock is not held for reading";
    }

    public void lockWrite() {
        ReentrantLock lock = writing;
        if (lock == null) {
            return;
        }
        lock.lock();
        if (lock.getHoldCount() > 1) {
            return;
        }
        writer = Thread.currentThread();
        for (int stripe = CELLS_PER_LINE; stripe < readers.length; stripe += CELLS_PER_LINE) {
            for (int spin = 0; (int) READERS.getVolatile(readers, stripe) != 0; spin++) {
                if (spin < SPINS) {
                    Thread.onSpinWait();
                } else {
                    LockSupport.parkNanos(PAUSE_NANOS);
                }
            }
        }
    }

    public void unlockWrite() {
        ReentrantLock lock = writing;
        if (lock == null) {
            return;
        }
        if (lock.getHoldCount() == 1) {
            writer = null;
        }
        lock.unlock();
    }

    /** Says whether the calling thread may change areas: for assertions; true where one thread owns the machine. */
    public boolean isHeldForWriting() {
        return writing == null || writer == Thread.currentThread();
    }

    private static int stripe(int cpu) {
        return (1 + (cpu & (STRIPES - 1))) * CELLS_PER_LINE;
    }
}
