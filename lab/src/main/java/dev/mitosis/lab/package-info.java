/**
 * The laboratory: machines put together, programs put on them, and what was seen.
 *
 * <p>{@link dev.mitosis.lab.Machine} is a booted machine under a placement policy. {@code run} runs synthetic workloads in the
 * papers' configurations, {@code replay} recorded programs, {@code whatif} compares policies for one program.
 *
 * <p>May import everything below it; reports nothing by itself.
 */
@NullMarked
package dev.mitosis.lab;

import org.jspecify.annotations.NullMarked;
