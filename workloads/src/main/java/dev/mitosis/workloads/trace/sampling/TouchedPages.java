package dev.mitosis.workloads.trace.sampling;

import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;

/**
 * Which pages each process has touched, and which it has stored to, since they were mapped.
 *
 * <p>Shape: two bits a page in chunks of 2 MiB. Memory: 128 bytes and the key for each chunk that was touched.
 */
final class TouchedPages {
    private static final int CHUNK_SHIFT = 21;
    private static final int PAGE_SHIFT = 12;
    private static final int WORDS = 8;

    /** Words of touched pages, then words of stored ones. */
    private final Map<Integer, Map<Long, long[]>> processes = new HashMap<>();

    private int lastProcess = -1;
    private long lastChunk = -1;
    private long[] last = new long[2 * WORDS];

    /** Says whether an access is the first to its page, or the first store to it, and remembers it. */
    boolean isNew(int process, long va, boolean isStore) {
        long number = va >>> CHUNK_SHIFT;
        if (number != lastChunk || process != lastProcess) {
            last = processes
                    .computeIfAbsent(process, fresh -> new HashMap<>())
                    .computeIfAbsent(number, fresh -> new long[2 * WORDS]);
            lastChunk = number;
            lastProcess = process;
        }
        int page = (int) (va >>> PAGE_SHIFT) & 511;
        int word = page >>> 6;
        long bit = 1L << page;
        boolean isNew = (last[word] & bit) == 0 || isStore && (last[WORDS + word] & bit) == 0;
        last[word] |= bit;
        if (isStore) {
            last[WORDS + word] |= bit;
        }
        return isNew;
    }

    /** Says whether a page has been touched since it was mapped. */
    boolean isTouched(int process, long va) {
        Map<Long, long[]> chunks = processes.get(process);
        long[] bits = chunks == null ? null : chunks.get(va >>> CHUNK_SHIFT);
        int page = (int) (va >>> PAGE_SHIFT) & 511;
        return bits != null && (bits[page >>> 6] & 1L << page) != 0;
    }

    /** The pages of a range are not there any more. */
    void forget(int process, long startVa, long bytes) {
        Map<Long, long[]> chunks = processes.get(process);
        if (chunks == null || bytes <= 0) {
            return;
        }
        long firstPage = startVa >>> PAGE_SHIFT;
        long endPage = (startVa + bytes + 4095) >>> PAGE_SHIFT;
        long firstChunk = startVa >>> CHUNK_SHIFT;
        long lastOne = (startVa + bytes - 1) >>> CHUNK_SHIFT;
        if (lastOne - firstChunk > chunks.size()) {
            chunks.forEach((number, bits) -> clear(bits, number, firstPage, endPage));
            return;
        }
        for (long number = firstChunk; number <= lastOne; number++) {
            long[] bits = chunks.get(number);
            if (bits != null) {
                clear(bits, number, firstPage, endPage);
            }
        }
    }

    private static void clear(long[] bits, long number, long firstPage, long endPage) {
        long base = number << (CHUNK_SHIFT - PAGE_SHIFT);
        int from = (int) Math.max(0, firstPage - base);
        int to = (int) Math.min(512, endPage - base);
        for (int page = from; page < to; page++) {
            bits[page >>> 6] &= ~(1L << page);
            bits[WORDS + (page >>> 6)] &= ~(1L << page);
        }
    }

    /** A fork makes all pages of the parent copy-on-write: its next store to each takes a fault. */
    void forgetStores(int process) {
        Map<Long, long[]> chunks = processes.get(process);
        if (chunks != null) {
            for (long[] bits : chunks.values()) {
                Arrays.fill(bits, WORDS, 2 * WORDS, 0);
            }
        }
    }

    void forgetProcess(int process) {
        processes.remove(process);
        lastProcess = -1;
    }
}
