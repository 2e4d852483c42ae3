package dev.mitosis.halnative.board;

import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.halnative.libc.LibcCalls;
import dev.mitosis.testing.HalContract;
import org.junit.jupiter.api.AfterEach;

/** Page tables in memory of this host's node 0, as if it were two nodes. */
class NodeMemoryHalContractTest extends HalContract {
    private final NodeMemory memory = new NodeMemory(new LibcCalls(), new int[] {0, 0}, 4);

    @Override
    protected PhysicalMemory memory() {
        return memory;
    }

    @Override
    protected boolean isConcurrent() {
        return true;
    }

    @AfterEach
    void giveBack() {
        memory.close();
    }
}
