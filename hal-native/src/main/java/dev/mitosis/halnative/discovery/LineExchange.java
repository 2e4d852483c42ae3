package dev.mitosis.halnative.discovery;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A cache line that two threads take from each other: each waits by compare-and-set, so every change of hands is one transfer.
 *
 * <p>Cost: one transfer a change of hands. Source: core-to-core-latency, benchmark 1; mini-probe of vMitosis' artifact.
 */
final class LineExchange {
    /** In the middle of the page: the prefetcher of adjacent lines finds nobody else's there. */
    private static final int OFFSET = 2048;

    private static final long PINGS = 1;
    private static final long PONGS = 0;
    /** Failed attempts between looks at the clock. */
    private static final int PATIENCE = 1 << 16;

    private static final VarHandle WORD = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    private final ByteBuffer page;
    private final long deadline;

    /**
     * @param page memory that nothing else touches
     * @param deadline of {@code System.nanoTime}: when to stop waiting for the other side
     */
    LineExchange(ByteBuffer page, long deadline) {
        this.page = page;
        this.deadline = deadline;
        WORD.setVolatile(page, OFFSET, PONGS);
    }

    /**
     * The side that starts, and holds the clock.
     *
     * @return the fastest sample in nanoseconds one way, or {@code NaN} where the other side did not come
     */
    double ping(int samples, int exchanges) {
        double fastest = Double.NaN;
        for (int sample = 0; sample < samples; sample++) {
            long start = System.nanoTime();
            if (!swap(PONGS, PINGS, exchanges)) {
                return Double.NaN;
            }
            double oneWay = (System.nanoTime() - start) / (2.0 * exchanges);
            fastest = sample == 0 ? oneWay : Math.min(fastest, oneWay);
        }
        return fastest;
    }

    /** The side that answers; false where it waited in vain. */
    boolean pong(int samples, int exchanges) {
        return swap(PINGS, PONGS, samples * exchanges);
    }

    private boolean swap(long theirs, long ours, int exchanges) {
        for (int done = 0; done < exchanges; done++) {
            int failed = 0;
            while (!WORD.compareAndSet(page, OFFSET, theirs, ours)) {
                if (++failed == PATIENCE) {
                    failed = 0;
                    if (System.nanoTime() - deadline > 0) {
                        return false;
                    }
                }
            }
        }
        return true;
    }
}
