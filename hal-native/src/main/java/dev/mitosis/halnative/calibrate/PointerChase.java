package dev.mitosis.halnative.calibrate;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.SplittableRandom;

/**
 * A chain of loads, each of which must be answered before the next address is known: so long as nothing but latency counts.
 *
 * <p>Shape: word {@code slot(i)} holds the offset of the next slot. One random cycle goes through all of them (Sattolo), so that no
 * prefetcher can follow.
 */
final class PointerChase {
    private static final VarHandle WORD = MethodHandles.byteBufferViewVarHandle(long[].class, ByteOrder.nativeOrder());

    static final int LINE_BYTES = 64;
    static final int PAGE_BYTES = 4096;

    private static final int LINES_OF_A_PAGE = PAGE_BYTES / LINE_BYTES;
    /** Prime to the lines of a page, so that slots of following pages fall into all sets of a cache. */
    private static final int LINE_STEP = 61;

    private final ByteBuffer memory;
    private long at;

    private PointerChase(ByteBuffer memory) {
        this.memory = memory;
    }

    /** Through every line of the first bytes of a memory. */
    static PointerChase throughLines(ByteBuffer memory, int bytes, long seed) {
        return new PointerChase(memory).link(bytes / LINE_BYTES, false, seed);
    }

    /** Through one line of each of the first pages of a memory, another line in each. */
    static PointerChase throughPages(ByteBuffer memory, int pages, long seed) {
        return new PointerChase(memory).link(pages, true, seed);
    }

    private static int offset(int slot, boolean isPage) {
        return isPage ? slot * PAGE_BYTES + slot * LINE_STEP % LINES_OF_A_PAGE * LINE_BYTES : slot * LINE_BYTES;
    }

    private PointerChase link(int slots, boolean isPage, long seed) {
        int[] order = new int[slots];
        for (int i = 0; i < slots; i++) {
            order[i] = i;
        }
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = slots - 1; i > 0; i--) {
            int j = random.nextInt(i);
            int swap = order[i];
            order[i] = order[j];
            order[j] = swap;
        }
        for (int i = 0; i < slots; i++) {
            WORD.set(memory, offset(i, isPage), (long) offset(order[i], isPage));
        }
        at = 0;
        return this;
    }

    /** Follows the chain for so many steps; nanoseconds a step. */
    double nanosPerStep(long steps) {
        long start = System.nanoTime();
        at = follow(memory, at, steps);
        return (System.nanoTime() - start) / (double) steps;
    }

    private static long follow(ByteBuffer memory, long from, long steps) {
        long at = from;
        for (long i = 0; i < steps; i++) {
            at = (long) WORD.get(memory, (int) at);
        }
        return at;
    }
}
