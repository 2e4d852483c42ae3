package dev.mitosis.hal;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Memory in chunks, of which the first of a node grows, holds what a map of words holds. */
class ArrayMemoryProperties {
    private static final int NODES = 2;
    /** The first chunk of a node doubles twice, and then there is a second. */
    private static final int CHUNK_SHIFT = 6;

    private static final int TABLES = 2 << CHUNK_SHIFT;
    private static final int[] INDEXES = {0, 1, 300, 511};
    private static final int STEPS = 400;

    @Property(tries = 100)
    void itHoldsWhatAMapHolds(@ForAll long seed, @ForAll boolean concurrent) {
        ArrayMemory memory = new ArrayMemory(NODES, concurrent, CHUNK_SHIFT);
        Map<Long, Long> words = new HashMap<>();
        Random random = new Random(seed);
        for (int step = 1; step <= STEPS; step++) {
            long table = table(random);
            int index = INDEXES[random.nextInt(INDEXES.length)];
            switch (random.nextInt(8)) {
                case 0 -> {
                    memory.clear(table);
                    forget(words, table);
                }
                case 1 -> {
                    long from = table(random);
                    memory.copy(from, table);
                    for (int at : INDEXES) {
                        words.put(key(table, at), words.getOrDefault(key(from, at), 0L));
                    }
                }
                case 2 -> {
                    memory.getAndOr(table, index, step);
                    words.merge(key(table, index), (long) step, (one, other) -> one | other);
                }
                default -> {
                    memory.write(table, index, step);
                    words.put(key(table, index), (long) step);
                }
            }
        }
        for (int node = 0; node < NODES; node++) {
            for (int number = 0; number < TABLES; number++) {
                long table = (long) node << Frames.NODE_SHIFT | number;
                for (int index : INDEXES) {
                    long expected = words.getOrDefault(key(table, index), 0L);
                    assertEquals(expected, memory.read(table, index));
                    assertEquals(expected, memory.readAt(memory.placeOf(table, index)));
                }
            }
        }
    }

    /** Mostly one of the first, so that growth happens late and often. */
    private static long table(Random random) {
        long node = random.nextInt(NODES);
        return node << Frames.NODE_SHIFT | random.nextInt(1 + random.nextInt(TABLES));
    }

    private static long key(long table, int index) {
        return table << 9 | index;
    }

    private static void forget(Map<Long, Long> words, long table) {
        for (int index : INDEXES) {
            words.remove(key(table, index));
        }
    }
}
