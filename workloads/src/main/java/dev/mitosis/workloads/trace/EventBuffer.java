package dev.mitosis.workloads.trace;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Bytes of events, written or read from the start: numbers as base-128 varints, the lowest seven bits first.
 *
 * <p>Errors: reading past the end throws {@link Malformed}.
 */
final class EventBuffer {
    /** What was read cannot have been written. */
    static final class Malformed extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Malformed(String what) {
            super(what, null, false, false);
        }
    }

    byte[] bytes;
    int position;
    int limit;

    EventBuffer(int capacity) {
        bytes = new byte[capacity];
    }

    void ensure(int more) {
        if (bytes.length - position < more) {
            bytes = Arrays.copyOf(bytes, Math.max(bytes.length * 2, position + more));
        }
    }

    /** Room for ten bytes must be there. */
    void putVarint(long value) {
        byte[] to = bytes;
        int at = position;
        long rest = value;
        while ((rest & ~0x7FL) != 0) {
            to[at++] = (byte) (rest | 0x80);
            rest >>>= 7;
        }
        to[at++] = (byte) rest;
        position = at;
    }

    void putSigned(long value) {
        putVarint(value << 1 ^ value >> 63);
    }

    void putText(String text) {
        byte[] encoded = text.getBytes(StandardCharsets.UTF_8);
        int length = Math.min(encoded.length, TraceFileLayout.MAX_NAME_BYTES);
        ensure(length + 10);
        putVarint(length);
        System.arraycopy(encoded, 0, bytes, position, length);
        position += length;
    }

    /** Goes over bytes that must be there. */
    void skip(int count) {
        require(count);
        position += count;
    }

    void require(int count) {
        if (limit - position < count) {
            throw new Malformed("an event ends beyond its block");
        }
    }

    boolean hasMore() {
        return position < limit;
    }

    long getVarint() {
        byte[] from = bytes;
        int at = position;
        if (limit - at >= 10) {
            byte first = from[at];
            if (first >= 0) {
                position = at + 1;
                return first;
            }
        }
        long value = 0;
        for (int shift = 0; shift < 64; shift += 7) {
            if (at >= limit) {
                throw new Malformed("an event ends beyond its block");
            }
            byte next = from[at++];
            value |= (next & 0x7FL) << shift;
            if (next >= 0) {
                position = at;
                return value;
            }
        }
        throw new Malformed("a number of more than 64 bits");
    }

    long getSigned() {
        long value = getVarint();
        return value >>> 1 ^ -(value & 1);
    }

    /** A number from 0 to {@code max}. */
    int getInt(int max, String what) {
        long value = getVarint();
        if (value < 0 || value > max) {
            throw new Malformed(what + " " + value + " is above " + max);
        }
        return (int) value;
    }

    String getText() {
        int length = getInt(TraceFileLayout.MAX_NAME_BYTES, "the length of a name");
        if (limit - position < length) {
            throw new Malformed("a name ends beyond its block");
        }
        position += length;
        return new String(bytes, position - length, length, StandardCharsets.UTF_8);
    }
}
