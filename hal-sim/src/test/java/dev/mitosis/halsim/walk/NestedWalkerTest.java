package dev.mitosis.halsim.walk;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import dev.mitosis.halsim.cache.PhysicalLines;
import dev.mitosis.halsim.cost.CostModel;
import dev.mitosis.halsim.cost.Pmu;
import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.halsim.tlb.Tlb;
import dev.mitosis.halsim.tlb.TlbHierarchy;
import dev.mitosis.halsim.tlb.WalkCaches;
import dev.mitosis.x86.Ept;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Two-dimensional walks of every shape and in every state of the caches: which entries are read, in which order, what they cost, which bits
 * they set, and what comes out.
 */
class NestedWalkerTest {
    private static final MachineProfile FULL = MachineProfile.load("4s-cascade-lake");
    private static final MachineProfile BARE = FULL.withoutWalkCaches();
    private static final int PCID = 5;
    /** Levels 5 to 2 of it are not 0, so that no index is right by chance. */
    private static final long VA = (1L << 48) + (3L << 39) + (7L << 30) + (9L << 21) + (11L << 12);

    private final Pmu pmu = new Pmu(TwoTrees.NODES);
    private final MemoryReferences references = new MemoryReferences(1000);

    private NestedWalker walker(TwoTrees trees, boolean guestCaches, boolean hostCaches, boolean nestedTlb) {
        return walker(trees, guestCaches, hostCaches, nestedTlb, true);
    }

    private NestedWalker walker(
            TwoTrees trees, boolean guestCaches, boolean hostCaches, boolean nestedTlb, boolean hasAccessedDirty) {
        EptWalker ept = new EptWalker(
                new WalkCaches(hostCaches ? FULL : BARE),
                new Tlb(nestedTlb ? 128 : 0, 128),
                trees.host(),
                references,
                pmu,
                hasAccessedDirty);
        ept.use(TwoTrees.eptRoot(), trees.hostLevels());
        return new NestedWalker(guestCaches ? FULL : BARE, trees.guest(), ept, references);
    }

    private long store(NestedWalker walker, TwoTrees trees, long va) {
        references.size = 0;
        return walker.walk(va, TwoTrees.guestRoot(), trees.guestLevels(), PCID, true);
    }

    private long load(NestedWalker walker, TwoTrees trees, long va) {
        references.size = 0;
        return walker.walk(va, TwoTrees.guestRoot(), trees.guestLevels(), PCID, false);
    }

    private List<String> reads() {
        List<String> reads = new ArrayList<>();
        for (int i = 0; i < references.size; i++) {
            int level = MemoryReferences.level(references.words[i]);
            reads.add(level > Pmu.EPT ? "e" + (level - Pmu.EPT) : "g" + level);
        }
        return reads;
    }

    static List<Arguments> shapes() {
        List<Arguments> shapes = new ArrayList<>();
        for (int guestLevels = 4; guestLevels <= 5; guestLevels++) {
            for (int hostLevels = 4; hostLevels <= 5; hostLevels++) {
                for (int guestLeaf = 1; guestLeaf <= 3; guestLeaf++) {
                    for (int hostLeaf = 1; hostLeaf <= 3; hostLeaf++) {
                        shapes.add(Arguments.of(guestLevels, hostLevels, guestLeaf, hostLeaf));
                    }
                }
            }
        }
        return shapes;
    }

    // ---- what is read ----

    /** With no caches g(h + 1) + h: g and h are the levels from the root to the leaf. */
    @ParameterizedTest(name = "{0}+{1} levels, leaves at {2} and {3}")
    @MethodSource("shapes")
    void aColdWalkReadsBothTreesWhole(int guestLevels, int hostLevels, int guestLeaf, int hostLeaf) {
        TwoTrees trees = new TwoTrees(guestLevels, hostLevels, guestLeaf, hostLeaf);
        trees.map(VA, 0);
        NestedWalker walker = walker(trees, false, false, false);
        int g = guestLevels - guestLeaf + 1;
        int h = hostLevels - hostLeaf + 1;
        for (int again = 0; again < 2; again++) {
            assertNotEquals(0, store(walker, trees, VA));
            assertEquals(g * (h + 1) + h, references.size);
        }
    }

    @ParameterizedTest(name = "{0}+{1} levels, caches of the guest {2}, of the host {3}, nested TLB {4}")
    @CsvSource({
        // No caches: 4*5+4, 5*6+5.
        "4, 4, false, false, false, 24, 24",
        "5, 5, false, false, false, 35, 35",
        // The next page: the guest's leaf entry, and 4 for the data page.
        "4, 4, true, false, false, 24, 5",
        "5, 5, true, false, false, 35, 6",
        // The extended root's entry is found once, 4 + 4*3 + 4; then 4*1 + 4 and 1 for each page whose leaf table is
        // known.
        "4, 4, false, true, false, 20, 9",
        "5, 5, false, true, false, 25, 11",
        // Five frames translated, 5*4 + 4; the next page is a sixth: 4 + 4.
        "4, 4, false, false, true, 24, 8",
        // Guest's leaf entry, and the extended leaf of the data.
        "4, 4, true, true, false, 20, 2",
        "4, 4, true, true, true, 20, 2",
        "5, 5, true, true, true, 25, 2",
    })
    void theNextPageReadsWhatNoCacheKnows(
            int guestLevels, int hostLevels, boolean guest, boolean host, boolean nested, int first, int next) {
        TwoTrees trees = new TwoTrees(guestLevels, hostLevels, 1, 1);
        trees.map(VA, 0);
        trees.map(VA + 4096, 1);
        NestedWalker walker = walker(trees, guest, host, nested);
        store(walker, trees, VA);
        assertEquals(first, references.size);
        store(walker, trees, VA + 4096);
        assertEquals(next, references.size);
    }

    /** A walk whose every frame is in the nested TLB reads the guest's entries alone; after a hit in the guest's caches, one. */
    @Test
    void aWarmWalkReadsTheGuestsLeafAlone() {
        TwoTrees trees = new TwoTrees(4, 4, 1, 1);
        trees.map(VA, 0);
        NestedWalker warm = walker(trees, true, true, true);
        store(warm, trees, VA);
        store(warm, trees, VA);
        assertEquals(List.of("g1"), reads());
        NestedWalker nestedOnly = walker(trees, false, false, true);
        store(nestedOnly, trees, VA);
        store(nestedOnly, trees, VA);
        assertEquals(List.of("g4", "g3", "g2", "g1"), reads());
    }

    /** Every state: after any walks, in every combination of caches, the reads are those of the naive model, one by one. */
    @ParameterizedTest(name = "{0}+{1} levels, leaves at {2} and {3}")
    @MethodSource("shapes")
    void readsFollowTheNaiveModelInEveryStateOfTheCaches(int guestLevels, int hostLevels, int guestLeaf, int hostLeaf) {
        long page = PagingLevel.spanBytes(guestLeaf);
        // The same page, its neighbours, and pages that share one level less each, up to none below the root.
        List<Long> walks = new ArrayList<>(List.of(VA, VA, VA + page, VA, VA + 9 * page));
        for (int level = guestLeaf + 1; level <= guestLevels; level++) {
            walks.add(VA + PagingLevel.spanBytes(level));
            walks.add(VA + PagingLevel.spanBytes(level) + page);
            walks.add(VA);
        }
        for (int caches = 0; caches < 8; caches++) {
            TwoTrees trees = new TwoTrees(guestLevels, hostLevels, guestLeaf, hostLeaf);
            boolean guest = (caches & 1) != 0;
            boolean host = (caches & 2) != 0;
            boolean nested = (caches & 4) != 0;
            NestedWalker walker = walker(trees, guest, host, nested);
            NaiveNestedWalk naive = new NaiveNestedWalk(trees, FULL, guest, host, nested);
            List<Long> distinct = walks.stream().distinct().toList();
            distinct.forEach(va -> trees.map(va, distinct.indexOf(va)));
            for (long va : walks) {
                assertNotEquals(0, store(walker, trees, va), "a fault");
                assertEquals(naive.walk(va), reads(), "caches " + caches + ", " + Long.toHexString(va));
            }
        }
    }

    // ---- what it costs ----

    /** Each reference costs the latency of the node that its table is on: guest tables on node 2, extended ones on node 1. */
    @ParameterizedTest(name = "{0}+{1} levels, leaves at {2} and {3}")
    @MethodSource("shapes")
    void cyclesAreTheSumOverTheReads(int guestLevels, int hostLevels, int guestLeaf, int hostLeaf) {
        TwoTrees trees = new TwoTrees(guestLevels, hostLevels, guestLeaf, hostLeaf);
        trees.map(VA, 0);
        store(walker(trees, false, false, false), trees, VA);
        Pmu counts = new Pmu(TwoTrees.NODES);
        counts.walks = 1;
        for (int i = 0; i < references.size; i++) {
            int node = PhysicalLines.node(MemoryReferences.line(references.words[i]));
            boolean isEpt = MemoryReferences.level(references.words[i]) > Pmu.EPT;
            assertEquals(isEpt ? TwoTrees.EPT_NODE : TwoTrees.BACKING_NODE, node);
            counts.reads[MemoryReferences.level(references.words[i]) * counts.sources() + Pmu.MEMORY + node]++;
        }
        int g = guestLevels - guestLeaf + 1;
        int h = hostLevels - hostLeaf + 1;
        int start = FULL.walkStartCycles();
        double local = FULL.memoryLocalCycles();
        double remote = FULL.memoryRemoteCycles();
        CostModel quiet = new CostModel(FULL, 0);
        // From node 0 all is remote; on node 1 the extended tables are local, on node 2 the guest's.
        assertEquals(start + (g + (g + 1) * h) * remote, quiet.walkCycles(0, counts), 1e-9);
        assertEquals(start + g * remote + (g + 1) * h * local, quiet.walkCycles(1, counts), 1e-9);
        assertEquals(start + g * local + (g + 1) * h * remote, quiet.walkCycles(2, counts), 1e-9);
        assertEquals((g + 1) * h * remote, quiet.eptCycles(0, counts), 1e-9);
        // Node 1 is busy: its reads take so many times as long.
        double busy = FULL.contentionFactor() * remote;
        assertEquals(start + g * remote + (g + 1) * h * busy, new CostModel(FULL, 1 << 1).walkCycles(0, counts), 1e-9);
    }

    // ---- what comes out, and what is set ----

    @ParameterizedTest(name = "{0}+{1} levels, leaves at {2} and {3}")
    @MethodSource("shapes")
    void theSmallerPageDecidesTheTranslation(int guestLevels, int hostLevels, int guestLeaf, int hostLeaf) {
        TwoTrees trees = new TwoTrees(guestLevels, hostLevels, guestLeaf, hostLeaf);
        trees.map(VA, 0);
        for (int caches = 0; caches < 8; caches++) {
            NestedWalker walker = walker(trees, (caches & 1) != 0, (caches & 2) != 0, (caches & 4) != 0);
            for (int again = 0; again < 2; again++) {
                long word = store(walker, trees, VA);
                int level = Math.min(guestLeaf, hostLeaf);
                assertEquals(level, TlbHierarchy.level(word));
                long inPage = VA >>> 12 & (1L << 9 * (guestLeaf - 1)) - 1;
                long frame = TwoTrees.behind(Pte.pfn(trees.guestEntry(VA, guestLeaf)) + inPage);
                assertEquals(frame & -(1L << 9 * (level - 1)), word >>> TlbHierarchy.FRAME_SHIFT);
                assertEquals(frame, TlbHierarchy.frame(word, VA));
            }
        }
    }

    @ParameterizedTest(name = "{0}+{1} levels, leaves at {2} and {3}")
    @MethodSource("shapes")
    void accessedAndDirtyAreSetInBothTrees(int guestLevels, int hostLevels, int guestLeaf, int hostLeaf) {
        TwoTrees trees = new TwoTrees(guestLevels, hostLevels, guestLeaf, hostLeaf);
        trees.map(VA, 0);
        long data = Pte.pfn(trees.guestEntry(VA, guestLeaf)) + (VA >>> 12 & (1L << 9 * (guestLeaf - 1)) - 1);
        NestedWalker walker = walker(trees, true, true, true);
        long word = load(walker, trees, VA);
        assertEquals(0, word & TlbHierarchy.DIRTY, "a store must set D first");
        assertEquals(Pte.ACCESSED, trees.guestEntry(VA, guestLeaf) & Pte.ACCESSED_DIRTY);
        assertEquals(Ept.ACCESSED, trees.eptEntry(data, hostLeaf) & Ept.ACCESSED_DIRTY);
        for (int level = guestLevels; level > guestLeaf; level--) {
            assertEquals(Pte.ACCESSED, trees.guestEntry(VA, level) & Pte.ACCESSED_DIRTY);
        }
        for (int level = guestLevels; level >= guestLeaf; level--) {
            // Reads of guest tables count as writes where the extended tree has A and D bits.
            long leaf = trees.eptEntry(trees.guestTable(VA, level), hostLeaf);
            assertEquals(Ept.ACCESSED_DIRTY, leaf & Ept.ACCESSED_DIRTY);
        }
        for (int level = hostLevels; level > hostLeaf; level--) {
            assertEquals(Ept.ACCESSED, trees.eptEntry(data, level) & Ept.ACCESSED_DIRTY);
        }
        word = store(walker, trees, VA);
        assertEquals(TlbHierarchy.DIRTY | TlbHierarchy.WRITABLE, word & (TlbHierarchy.DIRTY | TlbHierarchy.WRITABLE));
        assertEquals(Pte.ACCESSED_DIRTY, trees.guestEntry(VA, guestLeaf) & Pte.ACCESSED_DIRTY);
        assertEquals(Ept.ACCESSED_DIRTY, trees.eptEntry(data, hostLeaf) & Ept.ACCESSED_DIRTY);
        // Whatever the caches knew, D of the data's extended leaf was set by a walk: guest's leaf, extended leaf.
        assertEquals(List.of("g" + guestLeaf, "e" + hostLeaf), reads());
    }

    @Test
    void withoutAccessedAndDirtyTheExtendedTreeIsNotWritten() {
        TwoTrees trees = new TwoTrees(4, 4, 1, 1);
        trees.map(VA, 0);
        long data = Pte.pfn(trees.guestEntry(VA, 1));
        NestedWalker walker = walker(trees, false, false, false, false);
        // A read of a table is a read, and the write of its A bit one more translation: 5*4 + 4 and 4 tables, 4 each.
        assertNotEquals(0, store(walker, trees, VA));
        assertEquals(24 + 4 * 4, references.size);
        assertNotEquals(0, store(walker, trees, VA));
        assertEquals(24, references.size, "A and D are there");
        for (int level = 4; level >= 1; level--) {
            assertEquals(0, trees.eptEntry(data, level) & Ept.ACCESSED_DIRTY);
        }
        assertEquals(Pte.ACCESSED_DIRTY, trees.guestEntry(VA, 1) & Pte.ACCESSED_DIRTY);
    }

    // ---- violations ----

    @ParameterizedTest(name = "the guest''s table of level {0} has no translation")
    @CsvSource({"4", "3", "2", "1"})
    void aViolationCanComeInTheMiddleOfTheGuestsTables(int lacking) {
        TwoTrees trees = new TwoTrees(4, 4, 1, 1);
        trees.map(VA, 0);
        long table = trees.guestTable(VA, lacking);
        trees.setEptEntry(table, 1, 0);
        NestedWalker walker = walker(trees, true, false, true);
        assertEquals(0, store(walker, trees, VA));
        assertEquals(table, walker.violation);
        // 4 + 1 for each table above, and 4 to find that it is not there.
        assertEquals((4 - lacking) * 5 + 4, references.size);
        for (int level = 4; level >= 1; level--) {
            long expected = level > lacking ? Pte.ACCESSED : 0;
            assertEquals(expected, trees.guestEntry(VA, level) & Pte.ACCESSED_DIRTY, "level " + level);
        }
        trees.back(table);
        assertNotEquals(0, store(walker, trees, VA));
        assertEquals(-1, walker.violation);
        // The walk goes on from the table above, which the guest's caches know; the nested TLB knows what has a
        // translation.
        int reread = lacking == 4 ? 0 : 1;
        assertEquals(reread + (4 + 1) * lacking + 4, references.size);
    }

    @Test
    void aPageThatTheHostSharesIsReadAndNotWritten() {
        TwoTrees trees = new TwoTrees(4, 4, 1, 1);
        trees.map(VA, 0);
        long data = Pte.pfn(trees.guestEntry(VA, 1));
        trees.setEptEntry(data, 1, Ept.leaf(TwoTrees.behind(data), 1, false));
        NestedWalker walker = walker(trees, true, true, true);
        long word = load(walker, trees, VA);
        assertEquals(0, word & TlbHierarchy.WRITABLE, "the guest's right alone is not enough");
        assertEquals(0, store(walker, trees, VA));
        assertEquals(data, walker.violation);
        assertEquals(Pte.ACCESSED, trees.guestEntry(VA, 1) & Pte.ACCESSED_DIRTY, "D waits for the store to be allowed");
        trees.setEptEntry(data, 1, Ept.leaf(TwoTrees.behind(data), 1));
        assertNotEquals(0, store(walker, trees, VA));
    }

    @ParameterizedTest(name = "A and D of the extended tree: {0}")
    @ValueSource(booleans = {false, true})
    void whatTheGuestHasWrittenIsCleanWhereTheHostSharesIt(boolean hasAccessedDirty) {
        TwoTrees trees = new TwoTrees(4, 4, 1, 1);
        trees.map(VA, 0);
        long data = Pte.pfn(trees.guestEntry(VA, 1));
        NestedWalker walker = walker(trees, true, true, false, hasAccessedDirty);
        assertEquals(
                TlbHierarchy.WRITABLE | TlbHierarchy.DIRTY,
                store(walker, trees, VA) & (TlbHierarchy.WRITABLE | TlbHierarchy.DIRTY));
        trees.setEptEntry(data, 1, Ept.leaf(TwoTrees.behind(data), 1, false));
        assertEquals(
                TlbHierarchy.VALID,
                load(walker, trees, VA) & (TlbHierarchy.WRITABLE | TlbHierarchy.DIRTY | TlbHierarchy.VALID));
    }
}
