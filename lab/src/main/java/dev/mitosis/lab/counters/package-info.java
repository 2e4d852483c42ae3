/**
 * Hardware counters that another tool has read: the output of {@code perf stat} in its three dialects, as samples of named quantities.
 *
 * <p>{@link dev.mitosis.lab.counters.PerfStat} takes lines apart, {@link dev.mitosis.lab.counters.EventTable} knows what their events
 * count on which processor, {@link dev.mitosis.lab.counters.Counters} is what a simulation is fitted to, and
 * {@link dev.mitosis.lab.counters.Identities} what must hold between counts that are any good. Imports nothing of the simulator.
 */
@NullMarked
package dev.mitosis.lab.counters;

import org.jspecify.annotations.NullMarked;
