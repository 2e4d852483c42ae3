package dev.mitosis.races;

import dev.mitosis.hal.Frames;
import dev.mitosis.x86.PageTable;
import dev.mitosis.x86.Pte;
import org.openjdk.jcstress.annotations.Actor;
import org.openjdk.jcstress.annotations.Expect;
import org.openjdk.jcstress.annotations.JCStressTest;
import org.openjdk.jcstress.annotations.Outcome;
import org.openjdk.jcstress.annotations.State;
import org.openjdk.jcstress.infra.results.II_Result;

/** A table with a leaf is put into a tree while a walker of the other node goes down: it finds nothing, or all of it, on its node. */
@JCStressTest
@Outcome(id = "0, 0", expect = Expect.ACCEPTABLE, desc = "No pointer yet.")
@Outcome(id = "1, 1", expect = Expect.ACCEPTABLE, desc = "The pointer, and the leaf behind it.")
@State
public class MapAgainstWalk {
    private final TwoCopies tables = new TwoCopies();
    private final long parent;

    public MapAgainstWalk() {
        parent = tables.ops.allocateTable(new PageTable(2, 4), 2, 0, 0);
    }

    @Actor
    public void map() {
        tables.ops.set(0, 2, parent, TwoCopies.INDEX, Pte.of(tables.table, Pte.TABLE_FLAGS));
    }

    @Actor
    public void walk(II_Result result) {
        long parentCopy = tables.ops.rings().lookup(parent, 1);
        long pointer = tables.memory.read(parentCopy, TwoCopies.INDEX);
        if (Pte.isTable(pointer, 2)) {
            result.r1 = Frames.nodeOf(Pte.pfn(pointer)) == 1 ? 1 : 2;
            result.r2 = tables.memory.read(Pte.pfn(pointer), TwoCopies.INDEX) == TwoCopies.LEAF ? 1 : 0;
        }
    }
}
