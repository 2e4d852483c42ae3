package dev.mitosis.replication;

import dev.mitosis.mm.frame.AllocationFaults;

/** Lets the n-th allocation fail, and no other; or none, and counts them. */
final class FailOnce implements AllocationFaults {
    private final long failing;
    private long asked;

    /** @param failing which allocation fails, from 1; 0 for none */
    FailOnce(long failing) {
        this.failing = failing;
    }

    @Override
    public boolean fails(Kind kind, int node) {
        return ++asked == failing;
    }

    long asked() {
        return asked;
    }

    boolean hasFailed() {
        return failing > 0 && asked >= failing;
    }
}
