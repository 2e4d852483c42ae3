/**
 * Runs on one socket without a guest: {@code Simulation} counts their reads, {@code Model} fits their local rows and predicts the other rows.
 *
 * <p>May import {@code run} and the shared parts in {@code model}, never {@code published}.
 */
@NullMarked
package dev.mitosis.lab.model.thin;

import org.jspecify.annotations.NullMarked;
