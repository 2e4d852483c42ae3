package dev.mitosis.lab.counters;

import dev.mitosis.lab.counters.CounterLine.Status;
import java.util.regex.Pattern;

/** The parts of a line that all dialects of {@code perf stat} share: counts, percentages, and what is none. */
final class CountFields {
    static final String NOT_COUNTED = "<not counted>";
    static final String NOT_SUPPORTED = "<not supported>";

    /** Digits in groups of three, or of two before the last three (as in India), as some locales print them. */
    private static final Pattern GROUPED = Pattern.compile(
            "\\d{1,3}([,.'\u2019\u00a0\u202f])\\d{3}(?:\\1\\d{3})*|\\d{1,2}([,.'\u2019\u00a0\u202f])(?:\\d{2}\\2)+\\d{3}");

    private static final Pattern PLAIN = Pattern.compile("\\d+([.,]\\d+)?");
    private static final double MOST = 1L << 62;

    private CountFields() {}

    /** The same line with the digits of any script as ASCII has them, and Arabic separators as comma and point. */
    static String inAsciiDigits(String line) {
        if (line.chars().allMatch(c -> c < 0x80)) {
            return line;
        }
        StringBuilder plain = new StringBuilder();
        line.codePoints().forEach(c -> {
            int digit = Character.digit(c, 10);
            plain.appendCodePoint(digit >= 0 ? '0' + digit : c == '\u066c' ? ',' : c == '\u066b' ? '.' : c);
        });
        return plain.toString();
    }

    static Status status(String field) {
        return switch (field) {
            case NOT_COUNTED -> Status.NOT_COUNTED;
            case NOT_SUPPORTED -> Status.NOT_SUPPORTED;
            default -> Status.COUNTED;
        };
    }

    /**
     * A count for people: {@code 1,234,567}, {@code 1.234.567} or {@code 1234567}. An event without a unit is counted in whole numbers, so
     * one point before three digits groups them.
     */
    static double grouped(String field, boolean hasUnit) {
        if (!hasUnit && GROUPED.matcher(field).matches()) {
            return checked(Double.parseDouble(field.replaceAll("\\D", "")), field);
        }
        int comma = field.indexOf(',');
        if (hasUnit && comma >= 0 && field.indexOf('.') > comma) {
            return plain(field.replace(",", "")); // 1,234.56 msec
        }
        return plain(field.replace(',', '.'));
    }

    /** A count for programs: digits, and perhaps a fraction. */
    static double plain(String field) {
        if (field.startsWith("-")) {
            throw new IllegalArgumentException("a negative count: " + field);
        }
        if (!PLAIN.matcher(field).matches()) {
            throw new IllegalArgumentException("not a count: '" + field + "'");
        }
        return checked(Double.parseDouble(field.replace(',', '.')), field);
    }

    /** A percentage of time, 0 to 100. */
    static double percent(String field) {
        double percent = plain(field.replace("%", "").strip());
        if (percent > 100.5) {
            throw new IllegalArgumentException("a part of the time above 100 %: " + field);
        }
        return percent;
    }

    /** A relative spread in percent, of any size. */
    static double spread(String field) {
        return plain(field.replace("%", "").strip()) / 100;
    }

    private static double checked(double count, String field) {
        if (count > MOST) {
            throw new IllegalArgumentException("a count above 2^62: " + field);
        }
        return count;
    }
}
