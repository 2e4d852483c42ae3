package dev.mitosis.mm.vma;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import java.util.BitSet;
import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.Combinators;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;

/** The tree of areas against a bit for each page. */
class VmaTreeProperties {
    private static final int PAGES = 20_000;
    private static final long LOW = 16 * 4096;

    /** One change: a range is cut out, and perhaps mapped again; {@code flags} keeps neighbours from merging. */
    record Change(int page, int pages, boolean isInsert, int flags) {}

    @Property(tries = 60)
    void findsWhatIsThereAndWhatIsFree(@ForAll("changes") List<Change> changes) {
        VmaTree tree = new VmaTree();
        BitSet mapped = new BitSet();
        // Many areas from the start, so that leaves come in groups.
        for (int page = 0; page < PAGES - 200; page += 3) {
            tree.insert(area(page, page + 2, page % 2));
            mapped.set(page, page + 2);
        }
        for (Change change : changes) {
            int end = Math.min(PAGES, change.page + change.pages);
            tree.cut(va(change.page), va(end));
            mapped.clear(change.page, end);
            if (change.isInsert) {
                tree.insert(area(change.page, end, change.flags));
                mapped.set(change.page, end);
            }
            for (int length : new int[] {1, 2, 5, 40, 300}) {
                assertEquals(
                        naiveGap(mapped, length), tree.highestGap(length * 4096L, LOW, va(PAGES)), "gap " + length);
            }
            assertEquals(mapped.get(change.page), tree.find(va(change.page)) != null);
        }
        assertNull(tree.find(va(PAGES)));
        long pages = tree.all().stream().mapToLong(Vma::pages).sum();
        assertEquals(mapped.cardinality(), pages);
    }

    @Provide
    Arbitrary<List<Change>> changes() {
        return Combinators.combine(
                        Arbitraries.integers().between(0, PAGES - 1),
                        Arbitraries.of(1, 1, 2, 7, 64, 900),
                        Arbitraries.of(true, false),
                        Arbitraries.integers().between(0, 3))
                .as(Change::new)
                .list()
                .ofMinSize(5)
                .ofMaxSize(40);
    }

    private static long naiveGap(BitSet mapped, int length) {
        int free = 0;
        for (int page = PAGES - 1; page >= 16; page--) {
            free = mapped.get(page) ? 0 : free + 1;
            if (free == length) {
                return va(page);
            }
        }
        return -1;
    }

    private static Vma area(int page, int end, int flags) {
        return new Vma(va(page), va(end), flags, page, Mempolicy.LOCAL, null);
    }

    private static long va(int page) {
        return page * 4096L;
    }
}
