package dev.mitosis.lab.whatif;

import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.lab.replay.ProgramReplay;
import dev.mitosis.workloads.trace.TracePart;
import dev.mitosis.workloads.trace.sampling.RecentLines;

/**
 * Fills the caches of the processors that a program was moved to with what it touched last, as if it had been there before: so that what
 * counts is the program where it is, and not the one time that its caches are filled, which a short recording would make much of.
 *
 * <p>Shape: as many lines as the last-level cache holds, in the order of their last touch, from the accesses before the move. They are loads;
 * a page that is gone is left alone. Of a sampled trace the lines before its next window do the same.
 */
final class CacheRefill {
    private static final long LINE_BYTES = 64;
    /** Accesses before the move that are remembered at the most. */
    private static final long REACH = 100_000_000;

    private final ProgramReplay replay;
    private final RecentLines recent;
    private final long fromAccess;
    private boolean isSampled;

    /** @param movedAtAccess how many accesses there are before the move */
    CacheRefill(MachineProfile profile, ProgramReplay replay, long movedAtAccess) {
        this.replay = replay;
        this.fromAccess = movedAtAccess - REACH;
        recent = new RecentLines(profile.last().sizeBytes() / LINE_BYTES);
    }

    /** Remembers what a batch touches. */
    void touch(int thread, AccessBatch batch) {
        if (isSampled || replay.accesses() < fromAccess) {
            return;
        }
        for (int i = 0; i < batch.size; i++) {
            recent.touch(thread, batch.va[i]);
        }
    }

    /** A part of the trace begins; one of which not all is kept makes it a sampled one. */
    void part(TracePart part) {
        isSampled |= part != TracePart.MEASURED;
    }

    /** Loads what was touched last, on the processors that the threads are on now. */
    void refill() {
        if (!isSampled) {
            recent.replay(replay::canRead, replay::load);
        }
    }
}
