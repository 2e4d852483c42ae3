package dev.mitosis.races;

import dev.mitosis.x86.Pte;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** A store through a copy races with a write-protection: its D is kept, and the right to write is gone in both copies. */
@JCStressTest
@Outcome(id = "1, 1, 0", expect = Expect.ACCEPTABLE, desc = "The store came first, and its D is seen.")
@Outcome(id = "0, 0, 0", expect = Expect.ACCEPTABLE, desc = "The protection came first; the store faults.")
@State
public class DirtyAgainstProtect {
    private final TwoCopies tables = new TwoCopies();

    @Actor
    public void store(III_Result result) {
        result.r1 = tables.walk(tables.copy, Pte.ACCESSED_DIRTY) ? 1 : 0;
    }

    @Actor
    public void protect() {
        tables.ops.modifyLeaves(0, 1, tables.table, 0, 8, Pte.WRITE, 0);
    }

    @Arbiter
    public void rest(III_Result result) {
        result.r2 = (tables.ops.get(0, tables.table, TwoCopies.INDEX) & Pte.DIRTY) != 0 ? 1 : 0;
        long both =
                tables.memory.read(tables.table, TwoCopies.INDEX) | tables.memory.read(tables.copy, TwoCopies.INDEX);
        result.r3 = (both & Pte.WRITE) != 0 || Pte.pfn(both) != TwoCopies.FRAME ? 1 : 0;
    }
}
