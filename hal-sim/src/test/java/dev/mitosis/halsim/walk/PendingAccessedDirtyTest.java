package dev.mitosis.halsim.walk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.hal.ArrayMemory;
import dev.mitosis.x86.Pte;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** What is marked in a quantum is in memory at its end, and forgotten; nothing else is. */
class PendingAccessedDirtyTest {
    private static final int TABLES = 16;
    private static final int QUANTA = 6;

    @Property(tries = 40)
    void memoryHasWhatWasMarked(@ForAll long seed) {
        PendingAccessedDirty marks = new PendingAccessedDirty();
        ArrayMemory memory = new ArrayMemory(1, false);
        ArrayMemory expected = new ArrayMemory(1, false);
        Random random = new Random(seed);
        for (int quantum = 0; quantum < QUANTA; quantum++) {
            // Few and many by turns: the set grows, and what it held once must not come back.
            int count = quantum % 2 == 0 ? 20 : 3000;
            for (int i = 0; i < count; i++) {
                int table = random.nextInt(TABLES);
                int index = random.nextInt(512);
                long bits = random.nextInt(4) == 0 ? Pte.ACCESSED_DIRTY : Pte.ACCESSED;
                marks.add(table, index, bits);
                expected.getAndOr(table, index, bits);
                assertTrue(marks.has(table, index, bits));
            }
            marks.apply(memory);
            for (int table = 0; table < TABLES; table++) {
                for (int index = 0; index < 512; index++) {
                    assertEquals(expected.read(table, index), memory.read(table, index), table + ", " + index);
                    assertTrue(!marks.has(table, index, Pte.ACCESSED), "forgotten");
                }
            }
        }
    }
}
