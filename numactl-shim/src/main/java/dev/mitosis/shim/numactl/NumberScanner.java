package dev.mitosis.shim.numactl;

/**
 * Reads unsigned numbers out of a text as strtoul does in base 0: white space, a sign, and the prefixes {@code 0x} and {@code 0}.
 * A number too large is the largest; a negative one wraps. Source: strtoul(3).
 */
final class NumberScanner {
    private final String text;
    private int at;
    private boolean found;

    NumberScanner(String text, int at) {
        this.text = text;
        this.at = at;
    }

    /** Reads a number in this base, or in the base that its prefix says if 0; {@link #isFound} says whether there was one. */
    long next(int askedBase) {
        int i = at;
        while (i < text.length() && isSpace(text.charAt(i))) {
            i++;
        }
        boolean negative = i < text.length() && text.charAt(i) == '-';
        if (i < text.length() && (text.charAt(i) == '-' || text.charAt(i) == '+')) {
            i++;
        }
        int base = askedBase == 0 ? 10 : askedBase;
        if ((askedBase == 0 || askedBase == 16) && i < text.length() && text.charAt(i) == '0') {
            boolean hexadecimal = i + 2 < text.length()
                    && (text.charAt(i + 1) == 'x' || text.charAt(i + 1) == 'X')
                    && Character.digit(text.charAt(i + 2), 16) >= 0;
            base = hexadecimal ? 16 : askedBase == 0 ? 8 : askedBase;
            i += hexadecimal ? 2 : 0;
        }
        long value = 0;
        boolean overflow = false;
        int first = i;
        for (int digit = digit(i, base); digit >= 0; digit = digit(++i, base)) {
            if (Long.compareUnsigned(value, Long.divideUnsigned(-1L - digit, base)) > 0) {
                overflow = true;
            }
            value = value * base + digit;
        }
        found = i > first;
        if (found) {
            at = i;
        }
        return overflow ? -1L : negative ? -value : value;
    }

    private int digit(int i, int base) {
        return i < text.length() && text.charAt(i) < 128 ? Character.digit(text.charAt(i), base) : -1;
    }

    private static boolean isSpace(char c) {
        return c == ' ' || (c >= '\t' && c <= '\r');
    }

    boolean isFound() {
        return found;
    }

    /** Where reading stopped. */
    int position() {
        return at;
    }
}
