package dev.mitosis.races;

import dev.mitosis.x86.Pte;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Arbiter;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.III_Result;

/** A load through a copy races with ageing, which clears A: the load is seen now or at the next look, and nothing else changes. */
@JCStressTest
@Outcome(id = "1, 0, 0", expect = Expect.ACCEPTABLE, desc = "The load came first: ageing has seen it.")
@Outcome(id = "0, 1, 0", expect = Expect.ACCEPTABLE, desc = "Ageing came first: the load is seen at the next look.")
@State
public class AccessedAgainstAgeing {
    private final TwoCopies tables = new TwoCopies();

    @Actor
    public void load() {
        tables.walk(tables.copy, Pte.ACCESSED);
    }

    @Actor
    public void age(III_Result result) {
        result.r1 = tables.ops.testAndClearAccessed(0, tables.table, TwoCopies.INDEX) ? 1 : 0;
    }

    @Arbiter
    public void rest(III_Result result) {
        long entry = tables.ops.get(0, tables.table, TwoCopies.INDEX);
        result.r2 = (entry & Pte.ACCESSED) != 0 ? 1 : 0;
        result.r3 = (entry & ~Pte.ACCESSED) == TwoCopies.LEAF ? 0 : 1;
    }
}
