/**
 * The parts that all models share: run times, the fixed set of simulated reads, queues at walkers and memories, and bisection.
 *
 * <p>The packages below hold one kind of run each, with the same file names: {@code Simulation} counts reads under each placement, and
 * {@code Model} fits the local rows and predicts the others. No package here may import {@code published}.
 */
@NullMarked
package dev.mitosis.lab.model;

import org.jspecify.annotations.NullMarked;
