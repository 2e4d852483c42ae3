package dev.mitosis.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.hal.Frames;
import dev.mitosis.replication.mechanism.TreePlacement;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import java.util.List;
import org.junit.jupiter.api.Test;

class TreeReshaperTest {
    private static final long DATA = Frames.pfn(2, Frames.TABLE_ZONE_FRAMES + 9);
    /** Pages under three leaf tables, two of them in one level-3 entry; first touched from nodes 0, 1 and 3. */
    private static final long[] VAS = {0x1000, PagingLevel.spanBytes(2), PagingLevel.spanBytes(3) * 5};

    private static final int[] TABLE_NODES = {0, 1, 3};

    private Tree spread(int nodes, int levels) {
        Tree tree = new Tree(nodes, levels, 64).rooted(0, 0);
        for (int i = 0; i < VAS.length; i++) {
            tree.map(VAS[i], DATA + i, TABLE_NODES[i]);
        }
        return tree;
    }

    @Test
    void enablingGivesEachNodeItsOwnTree() {
        Tree tree = spread(4, 5);
        assertEquals(-1, tree.reshape(0b1111));

        assertEquals(List.of(), tree.audit.violations(tree.table));
        for (int node = 0; node < 4; node++) {
            for (int i = 0; i < VAS.length; i++) {
                assertEquals(DATA + i, Pte.pfn(tree.access(node, VAS[i], true)));
                assertEquals(node, tree.leafTableNode(node, VAS[i]));
            }
        }
    }

    @Test
    void disablingLeavesEveryTableWhereFirstTouchPutIt() {
        Tree tree = spread(4, 4);
        int[] before = {tree.zones.inUse(0), tree.zones.inUse(1), tree.zones.inUse(2), tree.zones.inUse(3)};
        tree.reshape(0b1111);
        tree.reshape(0);

        for (int node = 0; node < 4; node++) {
            assertEquals(before[node], tree.zones.inUse(node));
        }
        for (int i = 0; i < VAS.length; i++) {
            assertEquals(TABLE_NODES[i], tree.leafTableNode(2, VAS[i]));
            assertEquals(DATA + i, Pte.pfn(tree.get(VAS[i])));
        }
        assertEquals(List.of(), tree.audit.violations(tree.table));
    }

    @Test
    void aMaskWithoutTheRootsNodeMovesTheRoot() {
        Tree tree = spread(4, 4);
        tree.reshape(0b1100);

        assertEquals(0, tree.zones.inUse(0) + tree.zones.inUse(1));
        assertEquals(List.of(), tree.audit.violations(tree.table));
        assertEquals(DATA, Pte.pfn(tree.access(0, VAS[0], false)));
    }

    @Test
    void aMaskOfOneNodeIsMigration() {
        Tree tree = spread(4, 4);
        int tables = tree.zones.inUse();
        tree.reshape(0b0100);

        assertEquals(tables, tree.zones.inUse(2));
        assertEquals(tables, tree.zones.inUse());
        assertEquals(2, tree.leafTableNode(0, VAS[2]));
    }

    @Test
    void accessedAndDirtySurviveTheCopyThatHeldThem() {
        Tree tree = spread(4, 4);
        tree.reshape(0b1111);
        tree.access(2, VAS[0], true);
        tree.reshape(0b0010);

        assertEquals(Pte.ACCESSED_DIRTY, tree.get(VAS[0]) & Pte.ACCESSED_DIRTY);
        assertEquals(0, tree.get(VAS[1]) & Pte.ACCESSED_DIRTY);
    }

    @Test
    void aNodeWithoutFramesLeavesTheTreeAsItWas() {
        Tree tree = spread(4, 4);
        int before = tree.zones.inUse();
        while (tree.zones.inUse(2) < 63) {
            before++;
            assertNotEquals(Frames.NO_FRAME, tree.zones.takeTable(2));
        }

        assertEquals(2, tree.reshape(0b1111));
        assertEquals(before, tree.zones.inUse());
        assertEquals(List.of(), tree.audit.violations(tree.table));
        assertTrue(tree.ops.placement(tree.table).equals(TreePlacement.NONE));
    }
}
