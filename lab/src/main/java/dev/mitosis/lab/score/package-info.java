/**
 * Measures of a prediction: the figure with both numbers, errors, speedups, the claims of the papers, and the predictor to beat.
 *
 * <p>May import the value types of {@code model}; knows no experiment and reads no table.
 */
@NullMarked
package dev.mitosis.lab.score;

import org.jspecify.annotations.NullMarked;
