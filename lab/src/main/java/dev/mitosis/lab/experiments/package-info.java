/**
 * The published figures and tables, one file each, and {@link dev.mitosis.lab.experiments.ExperimentRegistry}, which lists them.
 *
 * <p>An experiment assembles: it runs simulations, gives a model of {@code model} its local rows from {@code published}, and hands predicted and
 * published rows to {@code score}. Each experiment names its source and the rows that set its parameters.
 */
@NullMarked
package dev.mitosis.lab.experiments;

import org.jspecify.annotations.NullMarked;
