package dev.mitosis.kvm;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NestedWalkTest {
    @ParameterizedTest(name = "{0}+{1} levels, leaves at {2} and {3}: {4}")
    @CsvSource({
        "4, 4, 1, 1, 24", // 4*(4+1)+4
        "5, 5, 1, 1, 35", // 5*(5+1)+5
        "4, 5, 1, 1, 29", // 4*(5+1)+5
        "5, 4, 1, 1, 29", // 5*(4+1)+4
        "4, 4, 2, 1, 19", // 2 MiB in the guest only: 3*(4+1)+4
        "4, 4, 1, 2, 19", // 2 MiB in the host only: 4*(3+1)+3
        "4, 4, 2, 2, 15", // 3*(3+1)+3
        "4, 4, 3, 3, 8", // 1 GiB in both: 2*(2+1)+2
        "5, 5, 2, 2, 24", // 4*(4+1)+4
    })
    void referencesFollowTheClosedForm(int guest, int host, int guestLeaf, int hostLeaf, int expected) {
        assertEquals(expected, new NestedWalk(guest, host, guestLeaf, hostLeaf).references());
    }

    @Test
    void twentyOfTheTwentyFourReferencesAreTheHosts() {
        NestedWalk walk = NestedWalk.ofBasePages(4, 4);
        assertEquals(4, walk.guestReferences());
        assertEquals(20, walk.hostReferences());
    }

    @Test
    void countingTheStepsGivesTheClosedForm() {
        for (int guest = 4; guest <= 5; guest++) {
            for (int host = 4; host <= 5; host++) {
                for (int guestLeaf = 1; guestLeaf <= 3; guestLeaf++) {
                    for (int hostLeaf = 1; hostLeaf <= 3; hostLeaf++) {
                        stepsAgree(new NestedWalk(guest, host, guestLeaf, hostLeaf));
                    }
                }
            }
        }
    }

    /** Walks as hardware does, level by level, and compares each step with what the record says of it. */
    private static void stepsAgree(NestedWalk walk) {
        int step = 0;
        for (int guestLevel = walk.guestLevels(); guestLevel >= walk.guestLeafLevel(); guestLevel--) {
            for (int hostLevel = walk.hostLevels(); hostLevel >= walk.hostLeafLevel(); hostLevel--) {
                assertFalse(walk.isGuestStep(step), walk + " step " + step);
                assertEquals(guestLevel, walk.guestLevelOf(step), walk + " step " + step);
                assertEquals(hostLevel, walk.hostLevelOf(step), walk + " step " + step);
                step++;
            }
            assertTrue(walk.isGuestStep(step), walk + " step " + step);
            assertEquals(guestLevel, walk.guestLevelOf(step), walk + " step " + step);
            step++;
        }
        for (int hostLevel = walk.hostLevels(); hostLevel >= walk.hostLeafLevel(); hostLevel--) {
            assertEquals(NestedWalk.DATA, walk.guestLevelOf(step), walk + " step " + step);
            assertEquals(hostLevel, walk.hostLevelOf(step), walk + " step " + step);
            step++;
        }
        assertEquals(walk.references(), step, walk.toString());
    }

    @Test
    void aGuestCacheHitLeavesTheLeafAndTheDataWalk() {
        NestedWalk walk = NestedWalk.ofBasePages(4, 4);
        assertEquals(24, walk.referencesAfterGuestCacheHit(0));
        assertEquals(5, walk.referencesAfterGuestCacheHit(3)); // the leaf guest entry, and 4 for the data page
        assertEquals(10, walk.referencesAfterGuestCacheHit(2)); // that, and 4 + 1 for the leaf table
        assertThrows(IllegalArgumentException.class, () -> walk.referencesAfterGuestCacheHit(4));
    }

    @Test
    void impossibleShapesAreRefused() {
        assertThrows(IllegalArgumentException.class, () -> NestedWalk.ofBasePages(3, 4));
        assertThrows(IllegalArgumentException.class, () -> NestedWalk.ofBasePages(4, 6));
        assertThrows(IllegalArgumentException.class, () -> new NestedWalk(4, 4, 4, 1));
        assertThrows(IllegalArgumentException.class, () -> new NestedWalk(4, 4, 1, 0));
        assertThrows(IllegalArgumentException.class, () -> NestedWalk.ofBasePages(4, 4)
                .isGuestStep(24));
        assertThrows(IllegalArgumentException.class, () -> NestedWalk.ofBasePages(4, 4)
                .hostLevelOf(4));
    }
}
