/**
 * The laboratory: it builds machines, runs programs on them and reports the results.
 *
 * <p>The order of its packages, from the bottom: {@code machine} boots a machine; {@code run} and {@code replay} execute synthetic
 * workloads and recorded programs; {@code counters} reads counters of real runs; {@code whatif} compares policies for one program;
 * {@code model}, {@code published} and {@code score} predict, quote and compare; {@code experiments} assembles them; {@code report} and
 * {@code picture} write results. {@code api} is the stable face of it all for other programs.
 *
 * <p>May import everything below it.
 */
@NullMarked
package dev.mitosis.lab;

import org.jspecify.annotations.NullMarked;
