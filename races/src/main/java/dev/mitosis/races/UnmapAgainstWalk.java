package dev.mitosis.races;

import dev.mitosis.x86.Pte;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.I_Result;

/** A leaf is taken out while a walker reads it: the walker sees the leaf or nothing, never a part of either. */
@JCStressTest
@Outcome(id = "0", expect = Expect.ACCEPTABLE, desc = "Nothing any more.")
@Outcome(id = "1", expect = Expect.ACCEPTABLE, desc = "The leaf.")
@State
public class UnmapAgainstWalk {
    private final TwoCopies tables = new TwoCopies();

    @Actor
    public void unmap() {
        tables.ops.getAndClear(0, 1, tables.table, TwoCopies.INDEX);
    }

    @Actor
    public void walk(I_Result result) {
        long entry = tables.memory.read(tables.copy, TwoCopies.INDEX);
        result.r1 = entry == Pte.NONE ? 0 : entry == TwoCopies.LEAF ? 1 : 2;
    }
}
