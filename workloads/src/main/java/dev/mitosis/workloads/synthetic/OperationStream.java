package dev.mitosis.workloads.synthetic;

import dev.mitosis.halsim.cpu.AccessBatch;

/** A stream of whole operations: a look-up, a swap, an edge. A batch ends where the next operation might not fit. */
abstract class OperationStream implements AccessStream {
    private final int accessesAtMost;

    /** @param accessesAtMost the most that one operation makes */
    OperationStream(int accessesAtMost) {
        this.accessesAtMost = accessesAtMost;
    }

    @Override
    public final void fill(AccessBatch batch) {
        if (batch.va.length < accessesAtMost) {
            throw new IllegalArgumentException(
                    "a batch of " + batch.va.length + " accesses is too small for an operation of " + accessesAtMost);
        }
        batch.isDetailed = true;
        while (batch.va.length - batch.size >= accessesAtMost) {
            operation(batch);
        }
    }

    /** Appends one operation, and its instructions; each access says which earlier one its address waits for. */
    abstract void operation(AccessBatch batch);
}
