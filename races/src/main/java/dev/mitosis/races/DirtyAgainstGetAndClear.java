package dev.mitosis.races;

import dev.mitosis.x86.Pte;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** A store through a copy races with an unmapping: D is in what the unmapping returns, or the store has faulted. */
@JCStressTest
@Outcome(id = "1, 1, 0", expect = Expect.ACCEPTABLE, desc = "The store came first, and its D was gathered.")
@Outcome(id = "0, 0, 0", expect = Expect.ACCEPTABLE, desc = "The unmapping came first; the store faults.")
@State
public class DirtyAgainstGetAndClear {
    private final TwoCopies tables = new TwoCopies();

    @Actor
    public void store(III_Result result) {
        result.r1 = tables.walk(tables.copy, Pte.ACCESSED_DIRTY) ? 1 : 0;
    }

    @Actor
    public void unmap(III_Result result) {
        long old = tables.ops.getAndClear(0, 1, tables.table, TwoCopies.INDEX);
        result.r2 = (old & Pte.DIRTY) != 0 ? 1 : 0;
    }

    /** What is left in the copies: nothing. */
    @Arbiter
    public void rest(III_Result result) {
        long left =
                tables.memory.read(tables.table, TwoCopies.INDEX) | tables.memory.read(tables.copy, TwoCopies.INDEX);
        result.r3 = left == 0 ? 0 : 1;
    }
}
