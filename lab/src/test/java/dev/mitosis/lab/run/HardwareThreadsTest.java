package dev.mitosis.lab.run;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.mitosis.halsim.cpu.AccessBatch;
import dev.mitosis.workloads.synthetic.AccessStream;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class HardwareThreadsTest {
    /** Fills a batch with addresses that count up, so many less than would fit, and seven instructions. */
    private static AccessStream counting(long first, int fewer) {
        long[] next = {first};
        return batch -> {
            while (batch.va.length - batch.size > fewer) {
                batch.add(next[0]++, AccessBatch.STORE, 2);
            }
            batch.instructions += 7;
        };
    }

    @Test
    void threadsOfACoreTakeTurns() {
        AccessStream core = HardwareThreads.of(List.of(counting(100, 0), counting(200, 2)));
        AccessBatch batch = new AccessBatch(8);
        core.fill(batch);
        assertArrayEquals(new long[] {100, 200, 101, 201, 102, 103}, Arrays.copyOf(batch.va, batch.size));
        assertEquals(14, batch.instructions);
        assertEquals(12, batch.rawAccesses());
        assertEquals(AccessBatch.STORE, batch.meta[3] & AccessBatch.STORE);
        // What did not fit comes with the next batch.
        batch.clear();
        core.fill(batch);
        assertArrayEquals(new long[] {104, 202, 105, 203, 106, 107}, Arrays.copyOf(batch.va, batch.size));
    }

    @Test
    void aThreadAloneIsItself() {
        AccessStream one = counting(0, 0);
        assertSame(one, HardwareThreads.of(List.of(one)));
        assertThrows(IllegalArgumentException.class, () -> HardwareThreads.of(List.of()));
    }
}
