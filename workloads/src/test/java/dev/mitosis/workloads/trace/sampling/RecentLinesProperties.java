package dev.mitosis.workloads.trace.sampling;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** The lines that come out are those of a list ordered by last touch. */
class RecentLinesProperties {
    @Property(tries = 200)
    void theLastLinesComeOutInTheOrderOfTheirLastTouch(
            @ForAll long seed,
            @ForAll @IntRange(min = 1, max = 70) int capacity,
            @ForAll @IntRange(min = 1, max = 400) int lines,
            @ForAll @IntRange(min = 0, max = 3000) int touches) {
        Random random = new Random(seed);
        RecentLines recent = new RecentLines(capacity);
        Map<String, Boolean> model = new LinkedHashMap<>();
        for (int i = 0; i < touches; i++) {
            int thread = random.nextInt(3);
            long va = 0x7f00_0000_0000L + 64L * random.nextInt(lines);
            recent.touch(thread, va + random.nextInt(64));
            model.remove(thread + " " + va);
            model.put(thread + " " + va, true);
        }
        List<String> all = new ArrayList<>(model.keySet());
        List<String> seen = new ArrayList<>();
        recent.replay((thread, va) -> seen.add(thread + " " + va));
        assertEquals(all.subList(Math.max(0, all.size() - capacity), all.size()), seen);
    }

    @Test
    void memoryIsBoundedWhateverIsAskedFor() {
        assertEquals(RecentLines.MAX_CAPACITY, new RecentLines(Long.MAX_VALUE).capacity());
        assertTrue(RecentLines.MAX_CAPACITY <= 1 << 21, "64 bytes each");
    }
}
