package dev.mitosis.halnative.files;

import java.util.Arrays;
import java.util.BitSet;

/** Sets of nodes and processors in the kernel's notations: hexadecimal words, lists of ranges, and arrays of longs. */
public final class Bitmasks {
    /** No kernel numbers nodes or processors higher. */
    private static final int MOST_BITS = 1 << 20;

    private Bitmasks() {}

    /** Reads {@code 0000,0000003f}: words of 32 bits, the highest first; a leading {@code 0x} is allowed. Source: Linux {@code lib/bitmap.c:bitmap_parse}. */
    public static BitSet parseWords(String text) {
        BitSet bits = new BitSet();
        String plain = text.strip();
        String[] words = (plain.startsWith("0x") ? plain.substring(2) : plain).split(",", -1);
        if (words.length > MOST_BITS / 32) {
            throw new IllegalArgumentException("a mask of " + words.length + " words");
        }
        for (int i = 0; i < words.length; i++) {
            long word;
            try {
                word = Long.parseUnsignedLong(words[words.length - 1 - i].strip(), 16);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("not a mask of hexadecimal words: '" + text + "'", e);
            }
            for (int bit = 0; bit < 64; bit++) {
                if ((word >>> bit & 1) != 0) {
                    bits.set(i * 32 + bit);
                }
            }
        }
        return bits;
    }

    /** Reads {@code 0-2,33}. Source: Linux {@code lib/bitmap.c:bitmap_parselist}. */
    public static BitSet parseList(String text) {
        BitSet bits = new BitSet();
        if (text.isBlank()) {
            return bits;
        }
        for (String part : text.strip().split(",", -1)) {
            int dash = part.indexOf('-');
            try {
                int first = Integer.parseInt((dash < 0 ? part : part.substring(0, dash)).strip());
                int last = dash < 0
                        ? first
                        : Integer.parseInt(part.substring(dash + 1).strip());
                if (first < 0 || last < first || last >= MOST_BITS) {
                    throw new IllegalArgumentException("not a list of ranges: '" + text + "'");
                }
                bits.set(first, last + 1);
            } catch (NumberFormatException e) {
                throw new IllegalArgumentException("not a list of ranges: '" + text + "'", e);
            }
        }
        return bits;
    }

    /** Writes {@code 0-2,33}. */
    public static String list(BitSet bits) {
        StringBuilder text = new StringBuilder();
        for (int first = bits.nextSetBit(0); first >= 0; ) {
            int end = bits.nextClearBit(first);
            if (text.length() > 0) {
                text.append(',');
            }
            text.append(first);
            if (end - first > 1) {
                text.append('-').append(end - 1);
            }
            first = bits.nextSetBit(end);
        }
        return text.toString();
    }

    /** As a system call takes them: at least {@code size} bits. */
    public static long[] words(BitSet bits, int size) {
        long[] words = bits.toLongArray();
        return Arrays.copyOf(words, Math.max(words.length, (size + 63) / 64));
    }
}
