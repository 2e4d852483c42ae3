package dev.mitosis.replication;

import dev.mitosis.halnative.board.NodeMemory;
import dev.mitosis.halnative.libc.LibcCalls;
import dev.mitosis.replication.policy.FirstTouch;
import dev.mitosis.testing.TestMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterTry;
import net.jqwik.api.lifecycle.BeforeTry;

/** The scripts of {@link ReplicaConsistencyProperties} with page tables in this host's memory. */
class HostMemoryProperties extends ReplicaConsistencyScripts {
    private static final int CHUNK_SHIFT = 4;

    private final List<NodeMemory> memories = new ArrayList<>();

    @BeforeTry
    void useTheHosts() {
        TestMemory.use(nodes -> {
            NodeMemory memory = new NodeMemory(new LibcCalls(), new int[nodes], CHUNK_SHIFT);
            memories.add(memory);
            return memory;
        });
    }

    @AfterTry
    void giveBack() {
        memories.forEach(NodeMemory::close);
        memories.clear();
        TestMemory.useArrays();
    }

    @Property(tries = 100)
    void everythingHoldsInMemoryOfTheHost(@ForAll("settings") Setting setting, @ForAll("scripts") List<Step> script) {
        new ScriptMachine(setting, new FirstTouch(), UnaryOperator.identity(), true).run(script);
    }
}
