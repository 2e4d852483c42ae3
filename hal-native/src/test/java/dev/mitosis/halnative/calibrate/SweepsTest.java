package dev.mitosis.halnative.calibrate;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halnative.calibrate.Sweeps.Point;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class SweepsTest {
    private static List<Point> curve(double... nanos) {
        List<Point> points = new ArrayList<>();
        int size = 8;
        for (double value : nanos) {
            points.add(new Point(size, value));
            size *= 2;
        }
        return points;
    }

    @Test
    void aLevelEndsHalfWayToTheNext() {
        List<Point> points = curve(1, 1, 1, 4, 16, 16);
        assertEquals(64, Sweeps.crossing(points, 1, 16)); // the geometric mean, 4, is met at the fourth point
        int first = Sweeps.crossing(points, 1, 4);
        assertTrue(first > 32 && first < 64, "" + first);
        assertEquals(0, Sweeps.crossing(points, 16, 100));
        assertEquals(1, Sweeps.at(points, 63));
        assertEquals(4, Sweeps.at(points, 64));
        assertEquals(16, Sweeps.at(points, 1 << 20));
    }

    @Test
    void theReachOfTlbsIsWhereCostsBegin() {
        assertArrayEquals(new int[] {32, 256}, Sweeps.reaches(curve(0, 0.1, 0, 2.5, 2.4, 2.6, 9, 30)));
        assertArrayEquals(new int[] {0, 0}, Sweeps.reaches(curve(0, 0.1, 0.2, 0.1)));
        assertArrayEquals(new int[] {16, 0}, Sweeps.reaches(curve(0, 0.1, 2.5, 2.6, 2.5)));
    }

    @Test
    void aChainGoesThroughEverySlotOnce() {
        ByteBuffer memory = ByteBuffer.allocateDirect(64 * 4096).order(ByteOrder.nativeOrder());
        PointerChase.throughPages(memory, 64, 3);
        Set<Integer> seen = new HashSet<>();
        Set<Integer> lines = new HashSet<>();
        int at = 0;
        for (int i = 0; i < 64; i++) {
            assertTrue(seen.add(at / 4096), "again at " + at);
            lines.add(at % 4096 / 64);
            at = (int) memory.getLong(at);
        }
        assertEquals(0, at);
        assertEquals(64, lines.size(), "all sets of a cache");
        ByteBuffer small = ByteBuffer.allocateDirect(640).order(ByteOrder.nativeOrder());
        PointerChase.throughLines(small, 640, 3);
        seen.clear();
        for (int i = 0; i < 10; i++) {
            assertTrue(seen.add(at));
            at = (int) small.getLong(at);
        }
        assertEquals(0, at);
    }

    @Test
    void roundsEndWhenTheBestIsMetAgain() throws Exception {
        double[] seen = {9, 5, 5.05, 5.02, 4, 4, 4};
        int[] next = new int[1];
        Measured least = Measured.least(20, () -> seen[next[0]++]);
        assertEquals(5, least.value());
        assertEquals(4, least.rounds());
        assertTrue(least.isStable());
        next[0] = 0;
        Measured most = Measured.most(5, () -> seen[next[0]++]);
        assertEquals(9, most.value());
        assertEquals(5, most.rounds());
        assertTrue(!most.isStable(), most.toString());
    }
}
