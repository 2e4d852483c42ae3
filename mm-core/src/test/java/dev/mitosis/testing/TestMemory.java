package dev.mitosis.testing;

import dev.mitosis.hal.ArrayMemory;
import dev.mitosis.hal.PhysicalMemory;
import java.util.function.IntFunction;

/** The memory that scripts run on: plain arrays, unless a module wants to know whether its own keeps the same promises. */
public final class TestMemory {
    private static volatile IntFunction<PhysicalMemory> factory = TestMemory::arrays;

    private TestMemory() {}

    private static PhysicalMemory arrays(int nodes) {
        return new ArrayMemory(nodes, false);
    }

    /** Memory of so many nodes, all of it zero. */
    public static PhysicalMemory of(int nodes) {
        return factory.apply(nodes);
    }

    /** From now on machines of scripts have this memory. */
    public static void use(IntFunction<PhysicalMemory> memoryOfNodes) {
        factory = memoryOfNodes;
    }

    /** From now on they have arrays again. */
    public static void useArrays() {
        factory = TestMemory::arrays;
    }
}
