package dev.mitosis.testing;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.PhysicalMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** What every board's memory promises ({@link PhysicalMemory}); a board's test extends it. */
public abstract class HalContract {
    private static final int LAST = PhysicalMemory.WORDS - 1;

    /** Fresh memory of at least two nodes. */
    protected abstract PhysicalMemory memory();

    /** Whether several threads may use it at once. */
    protected abstract boolean isConcurrent();

    private static long table(int node, long number) {
        return Frames.pfnOfTableSlot(node << Frames.TABLE_ZONE_SHIFT | (int) number);
    }

    @Test
    void aTableThatWasNeverWrittenIsZero() {
        PhysicalMemory memory = memory();
        for (int node = 0; node < 2; node++) {
            for (long number : new long[] {0, 1, 4097, (1 << Frames.TABLE_ZONE_SHIFT) - 1}) {
                assertEquals(0, memory.read(table(node, number), 0));
                assertEquals(0, memory.read(table(node, number), LAST));
            }
        }
    }

    @Test
    void everyWordOfEveryTableIsItsOwn() {
        PhysicalMemory memory = memory();
        SplittableRandom random = new SplittableRandom(7);
        List<long[]> written = new ArrayList<>();
        for (int node = 0; node < 2; node++) {
            for (long number : new long[] {0, 1, 15, 16, 1023, 1024, 70_000}) {
                for (int index : new int[] {0, 1, 255, LAST}) {
                    long word = random.nextLong();
                    memory.write(table(node, number), index, word);
                    written.add(new long[] {table(node, number), index, word});
                }
            }
        }
        for (long[] one : written) {
            assertEquals(one[2], memory.read(one[0], (int) one[1]));
        }
        assertEquals(0, memory.read(table(0, 15), 2));
    }

    @Test
    void exchangesSayWhatWasThere() {
        PhysicalMemory memory = memory();
        long table = table(1, 3);
        assertFalse(memory.compareAndSet(table, 9, 1, 2));
        assertTrue(memory.compareAndSet(table, 9, 0, 0b1100));
        assertEquals(0b1100, memory.getAndOr(table, 9, 0b0011));
        assertEquals(0b1111, memory.getAndAnd(table, 9, 0b0101));
        assertEquals(0b0101, memory.getAndSet(table, 9, -1));
        assertEquals(-1, memory.read(table, 9));
        assertEquals(0, memory.read(table, 8));
        assertEquals(0, memory.read(table, 10));
    }

    @Test
    void tablesAreClearedCopiedAndFilledWhole() {
        PhysicalMemory memory = memory();
        long from = table(0, 2);
        long to = table(1, 2);
        memory.fill(from, 1, LAST, 100, 7);
        memory.write(to, 0, 5);
        memory.copy(from, to);
        assertEquals(0, memory.read(to, 0));
        assertEquals(100 + 7L * (LAST - 1), memory.read(to, LAST));
        memory.copy(table(0, 99), to); // never written
        assertEquals(0, memory.read(to, LAST));
        memory.clear(from);
        memory.clear(table(0, 98));
        for (int index = 0; index < PhysicalMemory.WORDS; index++) {
            assertEquals(0, memory.read(from, index));
        }
    }

    @Test
    void noUpdateOfAThreadIsLost() throws InterruptedException {
        if (!isConcurrent()) {
            return;
        }
        PhysicalMemory memory = memory();
        long table = table(0, 1);
        int rounds = 20_000;
        List<Thread> threads = new ArrayList<>();
        for (int number = 0; number < 4; number++) {
            int bit = number;
            Thread thread = new Thread(() -> {
                for (int i = 0; i < rounds; i++) {
                    long seen = memory.read(table, 0);
                    while (!memory.compareAndSet(table, 0, seen, seen + 1)) {
                        seen = memory.read(table, 0);
                    }
                    memory.getAndOr(table, 1, 1L << bit);
                    memory.getAndAnd(table, 2, ~(1L << bit));
                }
            });
            threads.add(thread);
        }
        memory.write(table, 2, -1);
        threads.forEach(Thread::start);
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(4L * rounds, memory.read(table, 0));
        assertEquals(0b1111, memory.read(table, 1));
        assertEquals(~0b1111L, memory.read(table, 2));
    }
}
