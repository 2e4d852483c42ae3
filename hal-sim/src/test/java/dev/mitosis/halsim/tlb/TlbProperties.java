package dev.mitosis.halsim.tlb;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** A TLB is what lists in order of use are, one a set, for any number of ways that a part has. */
class TlbProperties {
    private static final int STEPS = 2000;
    private static final int PCIDS = 3;
    private static final int KINDS = 2;

    private record Entry(long page, int pcid, int kind, long word) {
        boolean isOf(long ofPage, int ofPcid, int ofKind) {
            return page == ofPage && pcid == ofPcid && kind == ofKind;
        }
    }

    /** The naive model: most recent first. */
    private static final class Lists {
        final List<List<Entry>> sets = new ArrayList<>();
        final int ways;

        Lists(int count, int ways) {
            this.ways = ways;
            for (int set = 0; set < count; set++) {
                sets.add(new ArrayList<>());
            }
        }

        List<Entry> setOf(long page) {
            return sets.get((int) page & sets.size() - 1);
        }

        long lookup(long page, int pcid, int kind, boolean makesRecent) {
            List<Entry> set = setOf(page);
            int rank = 0;
            while (rank < set.size() && !set.get(rank).isOf(page, pcid, kind)) {
                rank++;
            }
            if (rank == set.size()) {
                return 0;
            }
            Entry found = set.get(rank);
            if (makesRecent) {
                set.remove(rank);
                set.add(0, found);
            }
            return found.word;
        }

        void insert(Entry entry) {
            List<Entry> set = setOf(entry.page);
            if (set.size() == ways) {
                set.remove(ways - 1);
            }
            set.add(0, entry);
        }

        void removeRange(int pcid, int kind, long firstPage, long lastPage) {
            sets.forEach(set -> set.removeIf(entry ->
                    entry.pcid == pcid && entry.kind == kind && entry.page >= firstPage && entry.page <= lastPage));
        }

        int count() {
            return sets.stream().mapToInt(List::size).sum();
        }
    }

    @Property(tries = 80)
    void itKeepsWhatListsInOrderOfUseKeep(
            @ForAll long seed, @ForAll @IntRange(min = 1, max = 70) int ways, @ForAll @IntRange(max = 3) int setBits) {
        Tlb tlb = new Tlb(ways << setBits, ways);
        Lists naive = new Lists(1 << setBits, ways);
        Random random = new Random(seed);
        for (int step = 1; step <= STEPS; step++) {
            int pcid = random.nextInt(PCIDS);
            int kind = 1 + random.nextInt(KINDS);
            long page = random.nextInt(ways << setBits);
            long bits = Tlb.tagBits(pcid, kind);
            switch (random.nextInt(40)) {
                case 0 -> {
                    tlb.remove(page, bits);
                    naive.removeRange(pcid, kind, page, page);
                }
                case 1 -> {
                    long last = page + random.nextInt(ways);
                    tlb.removeRange(pcid, kind, page, last);
                    naive.removeRange(pcid, kind, page, last);
                }
                case 2 -> {
                    assertEquals(naive.lookup(page, pcid, kind, false), tlb.peek(page, bits), "peek at step " + step);
                    assertEquals(naive.lookup(page, pcid, kind, false) != 0, tlb.contains(page, bits));
                }
                case 3 -> {
                    if (random.nextInt(10) == 0) {
                        tlb.removeAll(pcid);
                        naive.sets.forEach(set -> set.removeIf(entry -> entry.pcid == pcid));
                    } else if (random.nextInt(20) == 0) {
                        tlb.clear();
                        naive.sets.forEach(List::clear);
                    }
                }
                default -> {
                    long expected = naive.lookup(page, pcid, kind, true);
                    assertEquals(expected, tlb.lookup(page, bits), "step " + step);
                    if (expected == 0) {
                        tlb.insert(page, bits, step);
                        naive.insert(new Entry(page, pcid, kind, step));
                    }
                }
            }
            assertEquals(naive.count(), tlb.countEntries(), "entries after step " + step);
        }
    }
}
