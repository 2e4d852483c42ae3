package dev.mitosis.workloads.trace.format;

import java.util.Arrays;

/**
 * The areas of one process that a trace without mapping calls must have had: aligned chunks of memory around each address that is
 * touched, joined where they meet.
 *
 * <p>Shape: area {@code i} is {@code [startVa[i], endVa[i])}; areas are in order and do not touch. A chunk has 2 MiB at first. When
 * there are {@value #MAX_AREAS} areas, chunks double and all areas grow to the new alignment, so that memory is bounded and a kernel's
 * limit on areas is kept.
 *
 * <p>Cost: a comparison for an address in the area of the one before, else a binary search.
 */
final class TouchedAreas {
    /** The lowest address that is taken for memory: page zero is nobody's. */
    static final long LOWEST_VA = 4096;
    /** One past the last user address of x86-64 with four levels. */
    static final long USER_END_VA = (1L << 47) - 4096;

    static final long FIRST_CHUNK_BYTES = 2L << 20;
    static final int MAX_AREAS = 4096;

    /** Hears of each range once, before it is touched. */
    interface Mapper {
        void map(long startVa, long endVa);
    }

    private final long[] startVa = new long[MAX_AREAS];
    private final long[] endVa = new long[MAX_AREAS];
    private final Mapper mapper;
    private long chunkBytes = FIRST_CHUNK_BYTES;
    private int areas;
    private long lastStartVa;
    private long lastEndVa;

    TouchedAreas(Mapper mapper) {
        this.mapper = mapper;
    }

    int areas() {
        return areas;
    }

    long chunkBytes() {
        return chunkBytes;
    }

    /** Sees to it that an address of user space is mapped. */
    void touch(long va) {
        if (va < lastStartVa || va >= lastEndVa) {
            find(va);
        }
    }

    /** Says whether some of a range has been mapped. */
    boolean overlaps(long fromVa, long toVa) {
        int found = Arrays.binarySearch(startVa, 0, areas, toVa - 1);
        int before = found >= 0 ? found : -found - 2;
        return before >= 0 && endVa[before] > fromVa;
    }

    private void find(long va) {
        int found = Arrays.binarySearch(startVa, 0, areas, va);
        int before = found >= 0 ? found : -found - 2;
        if (before < 0 || va >= endVa[before]) {
            if (areas == MAX_AREAS) {
                coarsen();
                find(va);
                return;
            }
            before = add(va, before);
        }
        lastStartVa = startVa[before];
        lastEndVa = endVa[before];
    }

    /** Maps the chunk of an address after area {@code before}, and returns the area that it is part of. */
    private int add(long va, int before) {
        long lowest = before < 0 ? 0 : endVa[before];
        long highest = before + 1 < areas ? startVa[before + 1] : USER_END_VA;
        long start = Math.max(va & -chunkBytes, lowest);
        long end = Math.min((va & -chunkBytes) + chunkBytes, highest);
        mapper.map(start, end);
        boolean joinsBefore = before >= 0 && start == lowest;
        boolean joinsAfter = before + 1 < areas && end == highest;
        if (joinsBefore && joinsAfter) {
            endVa[before] = endVa[before + 1];
            move(before + 2, before + 1);
            return before;
        }
        if (joinsBefore) {
            endVa[before] = end;
            return before;
        }
        if (joinsAfter) {
            startVa[before + 1] = start;
            return before + 1;
        }
        move(before + 1, before + 2);
        startVa[before + 1] = start;
        endVa[before + 1] = end;
        return before + 1;
    }

    private void move(int from, int to) {
        System.arraycopy(startVa, from, startVa, to, areas - from);
        System.arraycopy(endVa, from, endVa, to, areas - from);
        areas += to - from;
    }

    /** Doubles the chunk until half of the areas have joined others. */
    private void coarsen() {
        while (areas > MAX_AREAS / 2) {
            chunkBytes *= 2;
            int kept = 0;
            for (int i = 0; i < areas; i++) {
                long lowest = kept == 0 ? 0 : endVa[kept - 1];
                long highest = i + 1 < areas ? startVa[i + 1] : USER_END_VA;
                long start = Math.max(startVa[i] & -chunkBytes, lowest);
                long end = Math.min(endVa[i] + chunkBytes - 1 & -chunkBytes, highest);
                mapUnlessEmpty(start, startVa[i]);
                mapUnlessEmpty(endVa[i], end);
                if (kept > 0 && start == lowest) {
                    endVa[kept - 1] = end;
                } else {
                    startVa[kept] = start;
                    endVa[kept++] = end;
                }
            }
            areas = kept;
        }
        lastEndVa = 0;
    }

    private void mapUnlessEmpty(long start, long end) {
        if (start < end) {
            mapper.map(start, end);
        }
    }
}
