package dev.mitosis.halsim.quantum;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.locks.LockSupport;
import java.util.function.IntConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Host threads that do numbered pieces of work side by side, again and again: the caller is one of them, and comes back when all pieces are
 * done.
 *
 * <p>Each thread has pieces of its own, the same in every round, so that what a piece works on stays in the caches of one host core; one
 * that is done with them takes what others have not begun.
 *
 * <p>A quantum takes some hundred microseconds, and waking a thread tens of them; so who waits looks again and again for a while before it
 * sleeps.
 *
 * <p>Concurrency: one caller. What it wrote before is seen by the pieces, and what they wrote by the caller afterwards.
 */
final class SocketWorkers implements AutoCloseable {
    /** Looks before a thread goes to sleep: some hundred microseconds. */
    private static final int LOOKS = 10_000;

    private final int pieces;
    private final Thread[] helpers;
    /** Of each piece the last round in which a thread took it. */
    private final AtomicIntegerArray taken;

    private final AtomicInteger left = new AtomicInteger();
    private final AtomicReference<@Nullable Throwable> failure = new AtomicReference<>();
    private volatile IntConsumer work = piece -> {};
    private volatile int round;
    private volatile boolean isClosed;
    private volatile @Nullable Thread caller;

    /**
     * @param pieces of each round
     * @param threads that share them, the caller among them
     */
    SocketWorkers(int pieces, int threads) {
        this.pieces = pieces;
        taken = new AtomicIntegerArray(pieces);
        helpers = new Thread[Math.max(0, Math.min(threads, pieces) - 1)];
        for (int i = 0; i < helpers.length; i++) {
            int number = i + 1;
            helpers[i] = new Thread(() -> help(number), "mitosis-socket");
            helpers[i].setDaemon(true);
            helpers[i].start();
        }
    }

    /** Does {@code piece -> …} for each of the pieces, in no order. Errors: what the first piece that fails throws, when all are done. */
    @SuppressWarnings("NonAtomicVolatileUpdate") // one caller
    void run(IntConsumer ofPiece) {
        work = ofPiece;
        caller = Thread.currentThread();
        failure.set(null);
        left.set(pieces);
        round++;
        for (Thread helper : helpers) {
            LockSupport.unpark(helper);
        }
        takePieces(0, round);
        for (int looks = 0; left.get() > 0; looks++) {
            pause(looks);
        }
        Throwable failed = failure.get();
        if (failed instanceof Error error) {
            throw error;
        }
        if (failed != null) {
            throw (RuntimeException) failed;
        }
    }

    /** Takes the pieces of a thread in a round, and then those of others, unless somebody has. */
    private void takePieces(int thread, int inRound) {
        int threads = helpers.length + 1;
        for (int of = 0; of < threads; of++) {
            for (int piece = (thread + of) % threads; piece < pieces; piece += threads) {
                if (taken.compareAndSet(piece, inRound - 1, inRound)) {
                    take(piece);
                }
            }
        }
    }

    private void take(int piece) {
        try {
            work.accept(piece);
        } catch (RuntimeException | Error failed) {
            failure.compareAndSet(null, failed);
        } finally {
            if (left.decrementAndGet() == 0) {
                LockSupport.unpark(caller);
            }
        }
    }

    private void help(int number) {
        int seen = 0;
        while (!isClosed) {
            for (int looks = 0; round == seen && !isClosed; looks++) {
                pause(looks);
            }
            seen = round;
            takePieces(number, seen);
        }
    }

    private void pause(int looks) {
        if (looks < LOOKS) {
            Thread.onSpinWait();
        } else {
            LockSupport.park(this);
        }
    }

    @Override
    public void close() {
        isClosed = true;
        for (Thread helper : helpers) {
            LockSupport.unpark(helper);
        }
    }
}
