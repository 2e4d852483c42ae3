package dev.mitosis.mm.lock;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;

/**
 * A lock for work of a few nanoseconds: who must wait, spins. Its holder may take it again.
 *
 * <p>A waiter that has spun in vain for long sleeps a little: its holder may have lost its processor.
 *
 * <p>Source: the role of Linux {@code spinlock_t}.
 */
public final class SpinLock {
    private static final VarHandle OWNER;
    private static final int SPINS = 2000;
    private static final long PAUSE_NANOS = 5_000;

    static {
        try {
            OWNER = MethodHandles.lookup().findVarHandle(SpinLock.class, "owner", Thread.class);
        } catch (ReflectiveOperationException missing) {
            throw new ExceptionInInitializerError(missing);
        }
    }

    @SuppressWarnings("UnusedVariable") // Read and written through OWNER.
    private volatile @Nullable Thread owner;

    private int depth;

    public void lock() {
        Thread me = Thread.currentThread();
        if (owner == me) {
            depth++;
            return;
        }
        for (int spin = 0; owner != null || !OWNER.compareAndSet(this, null, me); spin++) {
            if (spin < SPINS) {
                Thread.onSpinWait();
            } else {
                LockSupport.parkNanos(PAUSE_NANOS);
            }
        }
        depth = 1;
    }

    public void unlock() {
        assert owner == Thread.currentThread() : "the lock is not held";
        if (--depth == 0) {
            OWNER.setRelease(this, (Thread) null);
        }
    }
}
