package dev.mitosis.replication;

import java.util.function.Consumer;

/** The pages that a step is about. */
record Range(long va, int pages) {
    private static final int PLACE_PAGES = 8;
    private static final int BIG_UNIT_PAGES = 128;
    /**
     * Places of eight pages: two that share a leaf table, one across two leaf tables, one far away; and one of eight units of 128
     * pages, which two huge pages fit into.
     */
    private static final long[] PLACES = {0x1000_0000L, 0x1000_8000L, 0x101F_C000L, 0x80_0000_0000L, 0x2000_0000L};

    private static final int BIG_PLACE = 4;

    static Range of(Step step) {
        int slot = Math.floorMod(step.place(), PLACES.length * PLACE_PAGES);
        int units = Math.min(1 + Math.floorMod(step.length(), PLACE_PAGES), PLACE_PAGES - slot % PLACE_PAGES);
        if (slot / PLACE_PAGES != BIG_PLACE) {
            return new Range(PLACES[slot / PLACE_PAGES] + (slot % PLACE_PAGES) * 4096L, units);
        }
        long first = PLACES[BIG_PLACE] + (long) (slot % PLACE_PAGES) * BIG_UNIT_PAGES * 4096;
        boolean isAccess = step.kind() == Step.Kind.READ || step.kind() == Step.Kind.WRITE;
        long offset = isAccess ? (long) (step.choice() * 37 % BIG_UNIT_PAGES) * 4096 : 0;
        return new Range(first + offset, units * BIG_UNIT_PAGES);
    }

    /** Where a step moves its pages to: another place. */
    static long targetOf(Step step) {
        int place = Math.floorMod(step.place(), PLACES.length * PLACE_PAGES) / PLACE_PAGES;
        return PLACES[(place + 1 + step.choice() % (PLACES.length - 1)) % PLACES.length];
    }

    long bytes() {
        return (long) pages << 12;
    }

    void forEach(Consumer<Long> action) {
        for (long page = va >>> 12; page < (va >>> 12) + pages; page++) {
            action.accept(page);
        }
    }
}
