package dev.mitosis.replication.ring;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.hal.Frames;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReplicaRingsTest {
    private final ReplicaRings rings = new ReplicaRings(8);

    @Test
    void aTableWithoutCopiesIsItsOwnNextAndItsOwnHome() {
        long table = Frames.pfn(3, 7);

        assertEquals(table, rings.next(table));
        assertEquals(table, rings.home(table));
        assertFalse(rings.isLinked(table));
        assertEquals(1L << 3, rings.nodeMask(table));
    }

    @Test
    void membersStandInTheOrderOfNodesWhateverTheOrderOfInsertion() {
        long first = Frames.pfn(4, 100_000);
        for (int node : new int[] {7, 0, 5, 2}) {
            rings.insert(first, Frames.pfn(node, node));
        }

        assertEquals(List.of(4, 5, 7, 0, 2), nodesFrom(first));
        assertEquals(0b1011_0101, rings.nodeMask(first));
        assertEquals(first, rings.home(Frames.pfn(0, 0)));
        assertEquals(Frames.pfn(5, 5), rings.lookup(first, 5));
        assertEquals(Frames.NO_FRAME, rings.lookup(first, 1));
    }

    @Test
    void theHomeMovesAndTheOldOneCanGo() {
        long first = Frames.pfn(1, 1);
        rings.insert(first, Frames.pfn(2, 2));
        rings.insert(first, Frames.pfn(0, 3));
        rings.setHome(Frames.pfn(0, 3));
        rings.remove(first);

        assertEquals(List.of(2, 0), nodesFrom(Frames.pfn(2, 2)));
        assertTrue(rings.isHome(Frames.pfn(0, 3)));
        assertFalse(rings.isLinked(first));
    }

    @Test
    void theLastToStayHasNoRing() {
        long first = Frames.pfn(1, 1);
        rings.insert(first, Frames.pfn(2, 2));
        rings.remove(Frames.pfn(2, 2));

        assertFalse(rings.isLinked(first));
        assertFalse(rings.isLinked(Frames.pfn(2, 2)));
    }

    @Test
    void theHighestFrameOfTheHighestNodeCanBeLinked() {
        ReplicaRings wide = new ReplicaRings(64);
        long last = Frames.pfn(63, Frames.TABLE_ZONE_FRAMES - 1);
        wide.insert(Frames.pfn(0, 0), last);

        assertEquals(Frames.pfn(0, 0), wide.next(last));
        assertEquals(last, wide.next(Frames.pfn(0, 0)));
    }

    private List<Integer> nodesFrom(long first) {
        List<Integer> nodes = new ArrayList<>();
        long member = first;
        do {
            nodes.add(Frames.nodeOf(member));
            member = rings.next(member);
        } while (member != first);
        return nodes;
    }
}
