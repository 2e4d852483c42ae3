package dev.mitosis.replication.policy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.mitosis.hal.Topology;
import org.junit.jupiter.api.Test;

class NodeDomainsTest {
    private static final int SELF = 10;
    private static final int NEAR = 12;
    private static final int FAR = 32;

    /** Two sockets of four nodes each, as EPYC with NPS4 reports them. */
    private static Topology twoSocketsOfFour(long... frames) {
        int[][] distance = new int[8][8];
        for (int from = 0; from < 8; from++) {
            for (int to = 0; to < 8; to++) {
                distance[from][to] = from == to ? SELF : from / 4 == to / 4 ? NEAR : FAR;
            }
        }
        return new Topology(new int[] {0, 1, 2, 3, 4, 5, 6, 7}, frames, distance);
    }

    @Test
    void theNodesOfASocketAreOneGroup() {
        assertEquals(0b0001_0001, NodeDomains.representatives(twoSocketsOfFour(9, 9, 9, 9, 9, 9, 9, 9)));
    }

    @Test
    void aNodeWithoutMemoryStandsForNobody() {
        assertEquals(0b0010_0010, NodeDomains.representatives(twoSocketsOfFour(0, 9, 9, 9, 0, 9, 9, 9)));
    }

    @Test
    void nodesThatAreEquallyFarApartAreGroupsOfOne() {
        assertEquals(0b1111, NodeDomains.representatives(Topology.uniform(4, 2, 64)));
    }

    @Test
    void oneNodeIsAGroup() {
        assertEquals(0b1, NodeDomains.representatives(Topology.uniform(1, 2, 64)));
    }
}
