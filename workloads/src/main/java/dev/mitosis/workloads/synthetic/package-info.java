/**
 * Workloads that are programs of ours: the memory accesses of published benchmarks, made from their data structures.
 *
 * <p>A workload says which areas it maps and gives each thread an {@link dev.mitosis.workloads.synthetic.AccessStream}, which
 * fills batches. The footprints are the papers' own: areas are address ranges, and no byte of their contents exists. To add
 * one: one class here, and one line in {@link dev.mitosis.workloads.synthetic.WorkloadRegistry}.
 *
 * <p>May import {@code hal-sim}'s {@code AccessBatch}.
 */
@NullMarked
package dev.mitosis.workloads.synthetic;

import org.jspecify.annotations.NullMarked;
