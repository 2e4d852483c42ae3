package dev.mitosis.lab.model;

import java.util.function.DoubleBinaryOperator;
import java.util.function.DoublePredicate;
import java.util.function.DoubleUnaryOperator;

/** Searches of an interval for the place where a function crosses a value, or is highest. */
public final class Bisection {
    private static final int STEPS = 60;

    private Bisection() {}

    /** The zero of a growing function; an end of the interval where it has none. */
    public static double root(DoubleUnaryOperator growing, double from, double to) {
        return boundary(x -> growing.applyAsDouble(x) > 0, from, to, STEPS);
    }

    /** The boundary between the arguments that are not beyond it and those that are, after so many halvings. */
    public static double boundary(DoublePredicate isBeyond, double from, double to, int steps) {
        return halve(isBeyond, from, to, steps, (low, high) -> (low + high) / 2);
    }

    /** The same over orders of magnitude: each step takes the geometric mean. Both ends must be positive. */
    public static double geometricBoundary(DoublePredicate isBeyond, double from, double to, int steps) {
        return halve(isBeyond, from, to, steps, (low, high) -> Math.sqrt(low * high));
    }

    private static double halve(
            DoublePredicate isBeyond, double from, double to, int steps, DoubleBinaryOperator middleOf) {
        double low = from;
        double high = to;
        for (int step = 0; step < steps; step++) {
            double middle = middleOf.applyAsDouble(low, high);
            if (isBeyond.test(middle)) {
                high = middle;
            } else {
                low = middle;
            }
        }
        return middleOf.applyAsDouble(low, high);
    }

    /** The argument at which a function that rises and then falls is highest. */
    public static double peak(DoubleUnaryOperator function, double from, double to) {
        double low = from;
        double high = to;
        for (int step = 0; step < STEPS; step++) {
            double third = (high - low) / 3;
            if (function.applyAsDouble(low + third) < function.applyAsDouble(high - third)) {
                low += third;
            } else {
                high -= third;
            }
        }
        return high;
    }
}
