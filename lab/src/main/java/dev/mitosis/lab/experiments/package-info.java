/**
 * The published figures and tables, each as an experiment: it runs what was measured, and puts our number beside the published one.
 *
 * <p>One file an experiment, and one line in {@link dev.mitosis.lab.experiments.ExperimentRegistry}. Published numbers stand in the
 * experiment with their citation, or come from a file given on the command line; which of them may set a parameter is said there.
 */
@NullMarked
package dev.mitosis.lab.experiments;

import org.jspecify.annotations.NullMarked;
