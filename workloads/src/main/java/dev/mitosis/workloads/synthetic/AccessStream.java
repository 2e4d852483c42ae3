package dev.mitosis.workloads.synthetic;

import dev.mitosis.halsim.cpu.AccessBatch;

/** The accesses of one thread of a workload, endless and in program order; the same for the same seed. */
public interface AccessStream {
    /** Fills an empty batch to its capacity. */
    void fill(AccessBatch batch);
}
