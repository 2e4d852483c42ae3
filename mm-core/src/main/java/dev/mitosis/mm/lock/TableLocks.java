package dev.mitosis.mm.lock;

import dev.mitosis.x86.TableLock;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The split page-table locks: one for the entries of each table, by the table that the kernel sees. It is the lock of the
 * table's replica ring too.
 *
 * <p>Tables share {@value #STRIPES} locks by a hash, so a thread that holds the lock of one table must not wait for the lock of
 * another: the order would differ between threads.
 *
 * <p>Where one thread owns the machine the locks do nothing.
 *
 * <p>Source: Linux {@code Documentation/mm/split_page_table_lock.rst}.
 */
public final class TableLocks implements TableLock {
    private static final int STRIPES = 1024;
    private static final long SPREAD = 0x9E37_79B9_7F4A_7C15L;

    private final ReentrantLock[] stripes;

    public TableLocks(boolean concurrent) {
        stripes = new ReentrantLock[concurrent ? STRIPES : 0];
        for (int i = 0; i < stripes.length; i++) {
            stripes[i] = new ReentrantLock();
        }
    }

    @Override
    public void lock(long table) {
        if (stripes.length > 0) {
            ReentrantLock stripe = stripe(table);
            assert !stripe.isHeldByCurrentThread() : "two page-table locks at once";
            stripe.lock();
        }
    }

    @Override
    public void unlock(long table) {
        if (stripes.length > 0) {
            stripe(table).unlock();
        }
    }

    private ReentrantLock stripe(long table) {
        return stripes[(int) (table * SPREAD >>> 54)];
    }
}
