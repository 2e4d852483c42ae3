package dev.mitosis.shim.numactl;

import java.util.BitSet;
import org.jspecify.annotations.Nullable;

/**
 * Node and processor lists in numactl's grammar: {@code all}, {@code 0-3,5}, {@code !0-1} (all but), {@code +0-2} (counted among the
 * allowed).
 *
 * <p>Source: numa(3), numa_parse_nodestring and numa_parse_cpustring; numactl(8).
 */
final class NumberString {
    private static final int MAX_NUMBER = 1 << 16;

    private final String kind;
    private final BitSet allowed;
    private final Terminal terminal;

    /**
     * A reader of one kind of list.
     *
     * @param kind "node" or "cpu", for warnings
     * @param allowed the numbers that may be named
     */
    NumberString(String kind, BitSet allowed, Terminal terminal) {
        this.kind = kind;
        this.allowed = allowed;
        this.terminal = terminal;
    }

    /** The numbers of a list, or null after a warning. */
    @Nullable
    BitSet parse(String text) {
        if (text.isEmpty()) {
            return new BitSet();
        }
        boolean isInverted = text.startsWith("!");
        String list = isInverted ? text.substring(1) : text;
        boolean isRelative = list.startsWith("+");
        list = isRelative ? list.substring(1) : list;
        BitSet numbers = numbers(list, isRelative);
        if (numbers == null || !isInverted) {
            return numbers;
        }
        BitSet others = (BitSet) allowed.clone();
        others.andNot(numbers);
        return others;
    }

    private @Nullable BitSet numbers(String list, boolean isRelative) {
        BitSet numbers = new BitSet();
        int at = 0;
        while (true) {
            if (list.startsWith("all", at)) {
                numbers.or(allowed);
                at += 3;
            } else {
                int end = digitsEnd(list, at);
                if (end == at) {
                    terminal.warn("unparseable " + kind + " description `" + list.substring(at) + "'\n");
                    return null;
                }
                int first = number(list, at, end);
                int firstNumber = absolute(first, isRelative);
                if (!allowed.get(firstNumber)) {
                    terminal.warn(kind + " argument " + first + " is out of range\n");
                    return null;
                }
                int lastNumber = firstNumber;
                at = end;
                if (at < list.length() && list.charAt(at) == '-') {
                    end = digitsEnd(list, at + 1);
                    if (end == at + 1) {
                        terminal.warn("missing " + kind + " argument " + list.substring(at + 1) + "\n");
                        return null;
                    }
                    int last = number(list, at + 1, end);
                    lastNumber = absolute(last, isRelative);
                    if (!allowed.get(lastNumber)) {
                        terminal.warn(kind + " argument " + last + " out of range\n");
                        return null;
                    }
                    at = end;
                }
                // A range that runs backwards is its first number.
                for (int n = firstNumber; n == firstNumber || n <= lastNumber; n++) {
                    if (allowed.get(n)) {
                        numbers.set(n);
                    }
                }
            }
            if (at == list.length()) {
                return numbers;
            }
            if (list.charAt(at++) != ',') {
                return null;
            }
        }
    }

    private int absolute(int number, boolean isRelative) {
        if (!isRelative) {
            return number;
        }
        int nth = allowed.nextSetBit(0);
        for (int i = 0; i < number && nth >= 0; i++) {
            nth = allowed.nextSetBit(nth + 1);
        }
        return nth < 0 ? MAX_NUMBER : nth;
    }

    private static int digitsEnd(String text, int from) {
        int end = from;
        while (end < text.length() && Character.digit(text.charAt(end), 10) >= 0) {
            end++;
        }
        return end;
    }

    private static int number(String text, int from, int to) {
        return to - from > 5 ? MAX_NUMBER : Math.min(MAX_NUMBER, Integer.parseInt(text.substring(from, to)));
    }
}
