package dev.mitosis.halsim.tlb;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** A walk cache is what a TLB of one set is, only found faster. */
class WalkCacheTest {
    private static final int STEPS = 3000;
    /** Enough that tags share a place in the hash table now and then, three at a time. */
    private static final int MANY = 600;

    @Property(tries = 10)
    void manyEntriesOfOneChainComeAndGo(@ForAll long seed) {
        compare(seed, MANY, 40 * STEPS);
    }

    @Property(tries = 60)
    void itKeepsWhatATlbOfOneSetKeeps(@ForAll long seed, @ForAll @IntRange(min = 0, max = 40) int entries) {
        compare(seed, entries, STEPS);
    }

    private static void compare(long seed, int entries, int steps) {
        WalkCache cache = new WalkCache(entries);
        Tlb naive = new Tlb(entries, Math.max(1, entries));
        Random random = new Random(seed);
        for (int step = 0; step < steps; step++) {
            int pcid = random.nextInt(3);
            long bits = Tlb.tagBits(pcid, 1);
            long page = random.nextInt(2 * entries + 2);
            if (random.nextInt(200) == 0) {
                cache.removeAll(pcid);
                naive.removeAll(pcid);
            }
            long expected = naive.lookup(page, bits);
            assertEquals(expected, cache.lookup(page, bits), "step " + step);
            if (expected == 0) {
                cache.insert(page, bits, step + 1);
                naive.insert(page, bits, step + 1);
            }
        }
    }
}
