package dev.mitosis.halsim.cache;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import net.jqwik.api.Example;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;

/** Many lines asked for at once are found where they would be one after the other. */
class CoreCachesProperties {
    private static final int LINE_BITS = 30;
    private static final int SHIFT = 4;
    private static final int LINES = 3000;

    @Property(tries = 40)
    void manyAtOnceAreAsOneByOne(@ForAll long seed, @ForAll boolean isInclusive) {
        LastLevelCache oneLast = last(isInclusive);
        LastLevelCache otherLast = last(isInclusive);
        CoreCaches[] oneByOne = {core(oneLast), core(oneLast)};
        CoreCaches[] atOnce = {core(otherLast), core(otherLast)};
        Random random = new Random(seed);
        int[] found = new int[CoreCaches.MEMORY + 1];
        for (int round = 0; round < 12; round++) {
            int from = random.nextInt(5);
            long[] words = new long[from + 1 + random.nextInt(700)];
            byte[] where = new byte[words.length];
            for (int i = from; i < words.length; i++) {
                // Half of the lines are few, so that every level has hits.
                long line = random.nextInt(random.nextBoolean() ? LINES : 200);
                words[i] = line << SHIFT | random.nextInt(1 << SHIFT);
            }
            int core = round % 2;
            atOnce[core].find(words, from, words.length, SHIFT, where);
            for (int i = from; i < words.length; i++) {
                assertEquals(oneByOne[core].access(words[i] >>> SHIFT), where[i], "line " + i + " of round " + round);
                found[where[i]]++;
            }
        }
        for (int level = CoreCaches.L1; level <= CoreCaches.MEMORY; level++) {
            assertTrue(found[level] > 0, "nothing was found at level " + level);
        }
        for (long line = 0; line < LINES; line++) {
            for (int core = 0; core < 2; core++) {
                int at = oneByOne[core].whereIs(line);
                assertEquals(at, atOnce[core].whereIs(line), "line " + line);
                boolean isOwn = at == CoreCaches.L1 || at == CoreCaches.L2;
                assertTrue(
                        !isInclusive || !isOwn || oneLast.contains(line), "line " + line + " has left the last level");
            }
        }
    }

    /** A line that a neighbour's second level holds is not asked of memory, until no core holds it. */
    @Example
    void aNeighboursLineComesFromNear() {
        LastLevelCache last = last(false);
        CoreCaches one = core(last);
        CoreCaches other = core(last);
        assertEquals(CoreCaches.MEMORY, one.access(5));
        assertEquals(CoreCaches.LAST, other.access(5), "from the neighbour's second level");
        assertEquals(CoreCaches.L1, one.access(5), "both keep it");
        // All of the caches' lines, twice over, push it out of both cores and of the last level.
        for (long line = 1000; line < 1000 + 4 * (64 << 10) / 64; line++) {
            one.access(line);
            other.access(line + 100_000);
        }
        assertEquals(CoreCaches.MEMORY, other.access(5));
    }

    private static LastLevelCache last(boolean isInclusive) {
        return new LastLevelCache(64 << 10, 16, isInclusive, LINE_BITS, 7, 2 * (16 << 10) / 64);
    }

    private static CoreCaches core(LastLevelCache last) {
        return new CoreCaches(new PrivateCache(2 << 10, 4, LINE_BITS), new PrivateCache(16 << 10, 8, LINE_BITS), last);
    }
}
