/**
 * What a core counts, and the cycles that these counts cost.
 *
 * <p>{@link dev.mitosis.halsim.cost.Pmu} holds counters only. {@link dev.mitosis.halsim.cost.CostModel} turns them into cycles after
 * the run, so one simulation can be costed under several loads.
 *
 * <p>May import {@code machine}.
 */
@NullMarked
package dev.mitosis.halsim.cost;

import org.jspecify.annotations.NullMarked;
