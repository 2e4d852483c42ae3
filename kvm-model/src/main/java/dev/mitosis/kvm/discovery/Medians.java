package dev.mitosis.kvm.discovery;

import java.util.Arrays;

/** The middle of unsorted numbers. */
final class Medians {
    private Medians() {}

    /** The median of the first {@code count} numbers, which are sorted on the way; {@code NaN} of none. */
    static double of(double[] numbers, int count) {
        if (count == 0) {
            return Double.NaN;
        }
        Arrays.sort(numbers, 0, count);
        return (numbers[(count - 1) / 2] + numbers[count / 2]) / 2;
    }
}
