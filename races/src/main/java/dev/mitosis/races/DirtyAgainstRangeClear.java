package dev.mitosis.races;

import dev.mitosis.x86.Pte;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** The same race with the operation on a range of entries, which munmap uses. */
@JCStressTest
@Outcome(id = "1, 1, 0", expect = Expect.ACCEPTABLE, desc = "The store came first, and its D was gathered.")
@Outcome(id = "0, 0, 0", expect = Expect.ACCEPTABLE, desc = "The unmapping came first; the store faults.")
@State
public class DirtyAgainstRangeClear {
    private final TwoCopies tables = new TwoCopies();
    private final long[] old = new long[8];

    @Actor
    public void store(III_Result result) {
        result.r1 = tables.walk(tables.copy, Pte.ACCESSED_DIRTY) ? 1 : 0;
    }

    @Actor
    public void unmap(III_Result result) {
        tables.ops.getAndClearLeaves(0, 1, tables.table, 0, 8, old, 0);
        result.r2 = (old[TwoCopies.INDEX] & Pte.DIRTY) != 0 ? 1 : 0;
    }

    /** What is left in the copies: nothing. */
    @Arbiter
    public void rest(III_Result result) {
        long left =
                tables.memory.read(tables.table, TwoCopies.INDEX) | tables.memory.read(tables.copy, TwoCopies.INDEX);
        result.r3 = left == 0 ? 0 : 1;
    }
}
