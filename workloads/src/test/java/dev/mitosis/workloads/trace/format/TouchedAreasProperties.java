package dev.mitosis.workloads.trace.format;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class TouchedAreasProperties {
    private static final long CHUNK = TouchedAreas.FIRST_CHUNK_BYTES;

    /** Mapped ranges by their start; a range that is mapped twice fails. */
    private static final class Mapped implements TouchedAreas.Mapper {
        final TreeMap<Long, Long> ranges = new TreeMap<>();

        @Override
        public void map(long startVa, long endVa) {
            assertTrue(startVa < endVa && startVa >= 0 && endVa <= TouchedAreas.USER_END_VA, startVa + "-" + endVa);
            Map.Entry<Long, Long> before = ranges.lowerEntry(endVa);
            assertTrue(before == null || before.getValue() <= startVa, "mapped twice: " + startVa + "-" + endVa);
            ranges.put(startVa, endVa);
        }

        boolean holds(long va) {
            Map.Entry<Long, Long> range = ranges.floorEntry(va);
            return range != null && va < range.getValue();
        }

        /** The ranges, joined where they meet. */
        List<Long> joined() {
            List<Long> bounds = new ArrayList<>();
            ranges.forEach((start, end) -> {
                if (!bounds.isEmpty() && bounds.get(bounds.size() - 1).equals(start)) {
                    bounds.set(bounds.size() - 1, end);
                } else {
                    bounds.add(start);
                    bounds.add(end);
                }
            });
            return bounds;
        }
    }

    @Property(tries = 60)
    void whatIsTouchedIsMappedOnce(
            @ForAll long seed,
            @ForAll @IntRange(min = 14, max = 47) int spanBits,
            @ForAll @IntRange(min = 1, max = 20_000) int touches) {
        Random random = new Random(seed);
        Mapped mapped = new Mapped();
        TouchedAreas areas = new TouchedAreas(mapped);
        long base = spanBits == 47 ? 0 : random.nextLong(TouchedAreas.USER_END_VA - (1L << spanBits));
        for (int i = 0; i < touches; i++) {
            long va = Math.min(base + random.nextLong(1L << spanBits), TouchedAreas.USER_END_VA - 1);
            areas.touch(va);
            assertTrue(mapped.holds(va), Long.toHexString(va));
            assertTrue(areas.areas() <= TouchedAreas.MAX_AREAS);
        }
        assertEquals(areas.areas(), mapped.joined().size() / 2);
    }

    @Test
    void chunksThatMeetAreOneArea() {
        Mapped mapped = new Mapped();
        TouchedAreas areas = new TouchedAreas(mapped);
        areas.touch(5 * CHUNK + 100);
        areas.touch(7 * CHUNK);
        assertEquals(List.of(5 * CHUNK, 6 * CHUNK, 7 * CHUNK, 8 * CHUNK), mapped.joined());
        areas.touch(7 * CHUNK - 1);
        assertEquals(List.of(5 * CHUNK, 8 * CHUNK), mapped.joined());
        assertEquals(1, areas.areas());
    }

    @Test
    void theLastPageOfUserSpaceCanBeTouched() {
        Mapped mapped = new Mapped();
        new TouchedAreas(mapped).touch(TouchedAreas.USER_END_VA - 1);
        assertEquals(List.of(TouchedAreas.USER_END_VA + 4096 - CHUNK, TouchedAreas.USER_END_VA), mapped.joined());
    }

    @Test
    void tooManyAreasGrowTogether() {
        Mapped mapped = new Mapped();
        TouchedAreas areas = new TouchedAreas(mapped);
        for (long i = 0; i <= TouchedAreas.MAX_AREAS; i++) {
            areas.touch(i * 2 * CHUNK); // every other chunk
        }
        assertEquals(2 * CHUNK, areas.chunkBytes());
        assertEquals(1, areas.areas());
        assertEquals(List.of(0L, (TouchedAreas.MAX_AREAS + 1) * 2 * CHUNK), mapped.joined());
    }
}
