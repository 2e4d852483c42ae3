package dev.mitosis.hal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Memory in chunks, of which the first of a node grows, holds what a map of words holds. */
class ArrayMemoryProperties {
    private static final int NODES = 2;
    private static final int CHUNK = 4096;
    /** Of a node's first chunk, which doubles until it has them. */
    private static final int LOW = 128;
    /** Of its second. */
    private static final int HIGH = 64;

    private static final int TABLES = CHUNK + HIGH;
    private static final int[] INDEXES = {0, 1, 300, 511};
    private static final int STEPS = 400;

    @Property(tries = 100)
    void itHoldsWhatAMapHolds(@ForAll long seed, @ForAll boolean concurrent) {
        ArrayMemory memory = new ArrayMemory(NODES, concurrent, TABLES);
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
            for (int i = 0; i < LOW + HIGH; i++) {
                long table = table(node, i);
                for (int index : INDEXES) {
                    long expected = words.getOrDefault(key(table, index), 0L);
                    assertEquals(expected, memory.read(table, index));
                    assertEquals(expected, memory.peek(table, index));
                    assertEquals(expected, memory.readAt(memory.placeOf(table, index)));
                }
            }
        }
    }

    /** Mostly one of the first, so that growth happens late and often. */
    private static long table(Random random) {
        return table(random.nextInt(NODES), random.nextInt(1 + random.nextInt(LOW + HIGH)));
    }

    private static long table(int node, int i) {
        return Frames.pfn(node, i < LOW ? i : CHUNK + i - LOW);
    }

    @Example
    void beyondItsTablesANodeHasNone() {
        ArrayMemory memory = new ArrayMemory(NODES, false, TABLES);
        long beyond = Frames.pfn(1, TABLES);
        assertEquals(0, memory.read(beyond, 0));
        assertThrows(IllegalArgumentException.class, () -> memory.write(beyond, 0, 1));
        memory.write(beyond - 1, 511, 7);
        assertEquals(7, memory.read(beyond - 1, 511));
    }

    @Example
    void onlyTheFirstChunkOfANodeGrows() {
        ArrayMemory memory = new ArrayMemory(NODES, false, TABLES);
        memory.write(Frames.pfn(1, 0), 0, 1);
        assertEquals(8L * 512 * 16, memory.backedBytes());
        memory.write(Frames.pfn(1, CHUNK), 0, 1);
        assertEquals(8L * 512 * (16 + HIGH), memory.backedBytes());
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
