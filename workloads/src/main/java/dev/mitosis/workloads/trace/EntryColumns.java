package dev.mitosis.workloads.trace;

import dev.mitosis.halsim.cpu.AccessBatch;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The entries of a detailed batch as columns of bytes: what says how each is written, distances, counts, and addresses as
 * differences.
 *
 * <pre>
 *   control byte   store 1 | kernel 2 | has a count 4 | has a distance 8 | base 16, 32 | bytes of the difference 64, 128
 *   distances      a byte each
 *   counts         2 to 254 as a byte; 255 and four bytes for more
 *   differences    1, 2, 4 or 8 bytes, signed as 2n or -2n - 1, from the last address of the same base
 * </pre>
 *
 * <p>A program goes back and forth between its stack and its data, so there are four bases, chosen by bits of the address.
 *
 * <p>Cost: writing takes some 4 ns an entry, without a branch that cannot be foreseen.
 */
final class EntryColumns {
    /** Control, distance, the longest count, the longest difference. */
    static final int MAX_ENTRY_BYTES = 1 + 1 + 5 + 8;

    private static final int COUNT_BIT = 2;
    private static final int HAS_COUNT = 1 << COUNT_BIT;
    private static final int DISTANCE_BIT = 3;
    private static final int HAS_DISTANCE = 1 << DISTANCE_BIT;
    private static final int BASE_SHIFT = 4;
    private static final int LENGTH_SHIFT = 6;
    private static final int BASES = 4;
    private static final int LARGE_COUNT = 255;
    static final int MAX_COUNT = 1 << 28;

    private static final VarHandle LONG = MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INT = MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    /** By the significant bits of a difference. */
    private static final byte[] LENGTH_CODE = lengthCodes();
    /** What a difference of each length leaves of eight bytes. */
    private static final long[] LENGTH_MASK = {0xFFL, 0xFFFFL, 0xFFFF_FFFFL, -1L};

    private final long[] bases = new long[BASES];

    private static byte[] lengthCodes() {
        byte[] codes = new byte[65];
        for (int bits = 0; bits <= 64; bits++) {
            codes[bits] = (byte) (bits <= 8 ? 0 : bits <= 16 ? 1 : bits <= 32 ? 2 : 3);
        }
        return codes;
    }

    /** 1 or 0, by arithmetic: as a condition it became a branch, and writing took 19 ns an entry of a B-tree instead of 8. */
    private static int isNonZero(int value) {
        return (value | -value) >>> 31;
    }

    private static int baseOf(long va) {
        return (int) (va >>> 30 ^ va >>> 36 ^ va >>> 44) & BASES - 1;
    }

    /** Writes entries; there must be room. The result is the number of accesses that they stand for. */
    long put(EventBuffer to, AccessBatch batch, int from, int end) {
        byte[] bytes = to.bytes;
        int size = end - from;
        int control = to.position;
        int distances = control + size;
        int counts = putDistances(batch, from, end, bytes, distances);
        int at = putCounts(batch, from, end, bytes, counts);
        // Local, since a store of a long into bytes makes a compiler read fields again.
        long[] vas = batch.va;
        int[] metas = batch.meta;
        byte[] distanceOf = batch.distance;
        long[] last = bases;
        Arrays.fill(last, 0);
        long accesses = 0;
        for (int i = from; i < end; i++) {
            long va = vas[i];
            int meta = metas[i];
            int count = meta >>> AccessBatch.COUNT_SHIFT;
            int base = baseOf(va);
            long difference = va - last[base];
            long coded = difference << 1 ^ difference >> 63;
            int length = LENGTH_CODE[64 - Long.numberOfLeadingZeros(coded)];
            last[base] = va;
            // One byte less than is there: the last difference may write seven bytes of what comes next.
            LONG.set(bytes, at, coded);
            at += 1 << length;
            bytes[control + i - from] = (byte) (meta & (AccessBatch.STORE | AccessBatch.KERNEL)
                    | isNonZero(count - 1) << COUNT_BIT
                    | isNonZero(distanceOf[i]) << DISTANCE_BIT
                    | base << BASE_SHIFT
                    | length << LENGTH_SHIFT);
            accesses += count;
        }
        to.position = at;
        return accesses;
    }

    private static int putDistances(AccessBatch batch, int from, int end, byte[] bytes, int start) {
        int at = start;
        byte[] distanceOf = batch.distance;
        for (int i = from; i < end; i++) {
            byte distance = distanceOf[i];
            bytes[at] = distance;
            at += isNonZero(distance);
        }
        return at;
    }

    private static int putCounts(AccessBatch batch, int from, int end, byte[] bytes, int start) {
        int at = start;
        int[] metas = batch.meta;
        for (int i = from; i < end; i++) {
            int count = metas[i] >>> AccessBatch.COUNT_SHIFT;
            bytes[at] = (byte) count;
            if (count >= LARGE_COUNT || count == 0) {
                bytes[at++] = (byte) LARGE_COUNT;
                INT.set(bytes, at, count);
                at += Integer.BYTES;
            } else {
                at += isNonZero(count - 1);
            }
        }
        return at;
    }

    /** Reads entries; the result is the number of accesses that they stand for. */
    long get(EventBuffer from, AccessBatch batch, int size) {
        byte[] bytes = from.bytes;
        int control = from.position;
        from.skip(size);
        int at = control + size;
        for (int i = 0; i < size; i++) {
            boolean hasDistance = (bytes[control + i] & HAS_DISTANCE) != 0;
            batch.distance[i] = hasDistance ? bytes[at] : 0;
            at += hasDistance ? 1 : 0;
        }
        from.skip(at - control - size);
        long accesses = getCounts(from, batch, size, control);
        Arrays.fill(bases, 0);
        int start = from.position;
        at = start;
        // Eight bytes are read for each; the buffer has as many behind its end.
        int limit = from.limit;
        for (int i = 0; i < size; i++) {
            int flags = bytes[control + i];
            int base = flags >>> BASE_SHIFT & BASES - 1;
            int length = flags >>> LENGTH_SHIFT & 3;
            if (at >= limit) {
                throw new EventBuffer.Malformed("an event ends beyond its block");
            }
            long coded = (long) LONG.get(bytes, at) & LENGTH_MASK[length];
            at += 1 << length;
            long va = bases[base] + (coded >>> 1 ^ -(coded & 1));
            bases[base] = va;
            batch.va[i] = va;
            if (va < 0) {
                throw new EventBuffer.Malformed("an access outside user space");
            }
        }
        from.skip(at - start);
        batch.size = size;
        return accesses;
    }

    private static long getCounts(EventBuffer from, AccessBatch batch, int size, int control) {
        byte[] bytes = from.bytes;
        int start = from.position;
        int at = start;
        long accesses = 0;
        for (int i = 0; i < size; i++) {
            int flags = bytes[control + i];
            int count = 1;
            if ((flags & HAS_COUNT) != 0) {
                from.position = at;
                from.require(1);
                count = bytes[at++] & 0xFF;
                if (count == LARGE_COUNT) {
                    from.position = at;
                    from.require(Integer.BYTES);
                    count = (int) INT.get(bytes, at);
                    at += Integer.BYTES;
                }
                if (count < 1 || count > MAX_COUNT) {
                    throw new EventBuffer.Malformed("an entry that stands for " + count + " accesses");
                }
            }
            batch.meta[i] = count << AccessBatch.COUNT_SHIFT | flags & (AccessBatch.STORE | AccessBatch.KERNEL);
            accesses += count;
        }
        from.position = start;
        from.skip(at - start);
        return accesses;
    }
}
