package dev.mitosis.shim.numactl;

import java.util.Locale;

/**
 * A PCI address as users write it: {@code [segment:]bus:device[.function]}, in hexadecimal. What follows it is not looked at.
 * Shape: segment, bus, device, function. Source: numactl(8).
 */
final class PciAddress {
    private static final int FUNCTION = 3;

    private PciAddress() {}

    /** The four numbers; none where this is no address. */
    static long[] parse(String text) {
        long[] numbers = new long[4];
        int found = scan(text, "::.", numbers);
        if (found < FUNCTION) {
            long[] tail = new long[4];
            if (scan(text, ":.", tail) < 2) {
                return new long[0];
            }
            return new long[] {0, tail[0], tail[1], tail[2]};
        }
        return numbers;
    }

    /** Reads numbers with these separators between them, as far as they go; returns how many. */
    private static int scan(String text, String separators, long[] numbers) {
        NumberScanner scanner = new NumberScanner(text, 0);
        for (int i = 0; i <= separators.length(); i++) {
            long number = scanner.next(16);
            if (!scanner.isFound()) {
                return i;
            }
            numbers[i] = number & 0xffff_ffffL;
            int at = scanner.position();
            if (i == separators.length() || at == text.length() || text.charAt(at) != separators.charAt(i)) {
                return i + 1;
            }
            scanner = new NumberScanner(text, at + 1);
        }
        return separators.length() + 1;
    }

    /** The name of the host bridge that the bus is behind. */
    static String root(long[] numbers) {
        return String.format(Locale.ROOT, "%04x:%02x", numbers[0], numbers[1]);
    }

    static String text(long[] numbers) {
        return String.format(Locale.ROOT, "%04x:%02x:%02x.%x", numbers[0], numbers[1], numbers[2], numbers[FUNCTION]);
    }
}
