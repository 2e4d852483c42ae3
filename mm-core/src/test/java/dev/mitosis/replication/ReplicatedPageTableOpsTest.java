package dev.mitosis.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.Topology;
import dev.mitosis.replication.mechanism.TreePlacement;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplicatedPageTableOpsTest {
    private static final long VA = 0x7f00_1234_5000L;
    private static final long DATA = Frames.pfn(1, Frames.TABLE_ZONE_FRAMES + 9);

    private final Tree tree = new Tree(4, 4, 32);

    @Test
    void withoutAMaskThereIsOneTableALevelOnTheNodeAskedFor() {
        tree.rooted(2, 0).map(VA, DATA, 3);

        assertEquals(1, tree.zones.inUse(2));
        assertEquals(3, tree.zones.inUse(3));
        assertEquals(tree.table.root(), tree.ops.rootFor(tree.table, 0));
        assertEquals(List.of(), tree.audit.violations(tree.table));
    }

    @Test
    void eachNodeOfTheMaskWalksItsOwnTables() {
        tree.rooted(2, 0b1101).map(VA, DATA, 3);

        for (int node : new int[] {0, 2, 3}) {
            assertEquals(4, tree.zones.inUse(node));
            assertEquals(node, Frames.nodeOf(tree.ops.rootFor(tree.table, node)));
            assertEquals(node, tree.leafTableNode(node, VA));
            assertEquals(DATA, Pte.pfn(tree.access(node, VA, false)));
        }
        assertEquals(0, tree.zones.inUse(1));
        assertEquals(0, Frames.nodeOf(tree.ops.rootFor(tree.table, 1)));
        assertEquals(List.of(), tree.audit.violations(tree.table));
    }

    /** The nearest, not the first: on this ring of four, node 3 is next to 2 and to 0, and node 1 is nearer to 2 than to 0. */
    @Test
    void aNodeWithoutTablesWalksTheNearest() {
        int[][] distances = {{10, 30, 40, 20}, {30, 10, 20, 40}, {40, 20, 10, 30}, {20, 40, 30, 10}};
        long[] frames = {1 << 20, 1 << 20, 1 << 20, 1 << 20};
        Tree ring = new Tree(new Topology(new int[] {0, 1, 2, 3}, frames, distances), 4, 32).rooted(0, 0b0101);
        ring.map(VA, DATA, 0);
        int[] walked = {0, 2, 2, 0};
        for (int node = 0; node < 4; node++) {
            assertEquals(walked[node], Frames.nodeOf(ring.ops.rootFor(ring.table, node)), "node " + node);
        }
        ring.ops.assign(List.of(3, 2, 1, 0));
        assertEquals(0, Frames.nodeOf(ring.ops.rootFor(ring.table, 0, 2)), "processor 0 is where node 3 is");
        assertEquals(2, Frames.nodeOf(ring.ops.rootFor(ring.table, 1, 0)), "processor 1 is on node 2");
    }

    @Test
    void theHomeIsTheNodeAskedForOrTheNearestOfTheMask() {
        tree.rooted(2, 0b1100);
        long onAskedNode = tree.ops.allocateTable(tree.table, 3, 0, 3);
        long onNearest = tree.ops.allocateTable(tree.table, 3, 0, 1);

        // The kernel sees the copies on the root's node, whichever the home.
        assertEquals(2, Frames.nodeOf(onAskedNode));
        assertEquals(3, Frames.nodeOf(tree.ops.rings().home(onAskedNode)));
        assertEquals(2, Frames.nodeOf(tree.ops.rings().home(onNearest)));
    }

    @Test
    void aNodeWithoutFramesUndoesAllCopies() {
        Tree small = new Tree(4, 4, 2).rooted(0, 0b1111);
        assertNotEquals(Frames.NO_FRAME, small.ops.allocateTable(small.table, 3, 0, 0));
        small.zones.takeTable(0);
        int before = small.zones.inUse();

        assertEquals(Frames.NO_FRAME, small.ops.allocateTable(small.table, 3, 0, 1));
        assertEquals(before, small.zones.inUse());
    }

    @Test
    void accessedAndDirtyOfAnyCopyAreRead() {
        tree.rooted(0, 0b1111).map(VA, DATA, 0);
        assertEquals(0, tree.get(VA) & Pte.ACCESSED_DIRTY);

        tree.access(2, VA, true);

        assertEquals(Pte.ACCESSED_DIRTY, tree.get(VA) & Pte.ACCESSED_DIRTY);
        assertEquals(List.of(), tree.audit.violations(tree.table));
    }

    @Test
    void getAndClearClearsAllCopiesAndReturnsTheirDirtyBits() {
        tree.rooted(0, 0b1111).map(VA, DATA, 0);
        tree.access(3, VA, true);
        long leaf = tree.tableFor(tree.ops, VA, 1, 0);

        long old = tree.ops.getAndClear(0, 1, leaf, PagingLevel.index(VA, 1));

        assertEquals(Pte.of(DATA, Tree.LEAF_FLAGS | Pte.ACCESSED_DIRTY), old);
        for (int node = 0; node < 4; node++) {
            assertEquals(Pte.NONE, tree.access(node, VA, false));
        }
    }

    @Test
    void testAndClearAccessedClearsAllCopies() {
        tree.rooted(0, 0b1111).map(VA, DATA, 0);
        tree.access(1, VA, false);
        tree.access(3, VA, true);
        long leaf = tree.tableFor(tree.ops, VA, 1, 0);

        assertTrue(tree.ops.testAndClearAccessed(0, leaf, PagingLevel.index(VA, 1)));
        assertFalse(tree.ops.testAndClearAccessed(0, leaf, PagingLevel.index(VA, 1)));
        assertEquals(Pte.DIRTY, tree.get(VA) & Pte.ACCESSED_DIRTY);
    }

    @Test
    void rangesChangeEveryCopyAndGatherFromEach() {
        tree.rooted(1, 0b1111);
        long leaf = tree.tableFor(tree.ops, VA, 1, 1);
        tree.ops.setLeaves(0, 1, leaf, 0, 8, Pte.of(DATA, Tree.LEAF_FLAGS), Frames.PAGE_BYTES);
        long base = VA & -PagingLevel.spanBytes(2);
        tree.access(2, base + 3 * Frames.PAGE_BYTES, true);
        tree.access(3, base + 5 * Frames.PAGE_BYTES, false);

        assertEquals(8, tree.ops.modifyLeaves(0, 1, leaf, 0, 16, Pte.WRITE, 0));
        assertEquals(2, tree.ops.modifyLeaves(0, 1, leaf, 0, 16, Pte.ACCESSED, 0));
        for (int node = 0; node < 4; node++) {
            assertEquals(Pte.NONE, tree.access(node, base, true));
        }
        long[] old = new long[20];
        assertEquals(8, tree.ops.getAndClearLeaves(0, 1, leaf, 0, 16, old, 4));

        assertEquals(Pte.of(DATA + 3, Pte.PRESENT | Pte.USER | Pte.DIRTY), old[4 + 3]);
        assertEquals(Pte.of(DATA + 5, Pte.PRESENT | Pte.USER), old[4 + 5]);
        assertEquals(List.of(), tree.audit.violations(tree.table));
        for (int node = 0; node < 4; node++) {
            assertEquals(Pte.NONE, tree.access(node, base + 3 * Frames.PAGE_BYTES, false));
        }
    }

    @Test
    void aHugeLeafIsCopiedVerbatim() {
        tree.rooted(0, 0b0011);
        long pmd = tree.tableFor(tree.ops, VA, 2, 0);
        tree.ops.set(0, 2, pmd, PagingLevel.index(VA, 2), Pte.of(DATA, Tree.LEAF_FLAGS | Pte.HUGE));

        assertEquals(DATA, Pte.pfn(tree.access(1, VA, true)));
        assertEquals(List.of(), tree.audit.violations(tree.table));
    }

    @Test
    void freeingATreeFreesAllCopies() {
        tree.rooted(3, 0b1111).map(VA, DATA, 0);
        tree.map(VA + PagingLevel.spanBytes(3), DATA, 1);
        tree.tearDown();

        assertEquals(0, tree.zones.inUse());
        assertEquals(TreePlacement.NONE, tree.ops.placement(tree.table));
    }

    @Test
    void steeringSendsANodeToAnothersCopy() {
        tree.rooted(0, 0b0111);
        tree.ops.setPlacement(tree.table, new TreePlacement(0b0111, List.of(0, 2, 2, 1), TreePlacement.Kind.EAGER));

        assertEquals(2, Frames.nodeOf(tree.ops.rootFor(tree.table, 1)));
        assertEquals(1, Frames.nodeOf(tree.ops.rootFor(tree.table, 3)));
    }

    @Test
    void aPlacementOnUnknownNodesOrSteeredOutsideItsMaskIsRefused() {
        assertThrows(
                IllegalArgumentException.class, () -> tree.ops.setPlacementOfNewTrees(TreePlacement.eager(0b1_0000)));
        assertThrows(
                IllegalArgumentException.class, () -> new TreePlacement(0b0011, List.of(2), TreePlacement.Kind.EAGER));
    }
}
