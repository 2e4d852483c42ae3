package dev.mitosis.halnative.calibrate;

import dev.mitosis.halnative.board.BoundMemory;
import dev.mitosis.halnative.libc.LinuxCalls;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Latencies over the size of what is chased: steps in them are the sizes of caches, and of what TLBs reach. */
public final class Sweeps {
    /** A point: bytes or pages, and nanoseconds a load. */
    public record Point(int size, double nanos) {}

    private static final int ROUNDS = 5;
    private static final long STEPS = 200_000;
    private static final int LEAST_BYTES = 4096;
    private static final int LEAST_PAGES = 8;
    private static final int MOST_PAGES = 16_384;
    private static final double STEP = Math.sqrt(2);
    /** A hit in a second level takes two or three nanoseconds; noise is below one. */
    private static final double LEAST_STEP_NANOS = 0.8;

    private static final double STEEP = 2;

    private Sweeps() {}

    /** Through lines of huge pages, from 4 KiB to a size. */
    static List<Point> caches(LinuxCalls calls, int cpu, int node, int mostBytes, long seed)
            throws IOException, InterruptedException {
        return Pinned.run(calls, cpu, () -> {
            List<Point> points = new ArrayList<>();
            try (BoundMemory memory = BoundMemory.map(calls, mostBytes, node, BoundMemory.Pages.HUGE)) {
                for (double size = LEAST_BYTES; size <= mostBytes; size *= STEP) {
                    int bytes = (int) size / PointerChase.LINE_BYTES * PointerChase.LINE_BYTES;
                    PointerChase chase = PointerChase.throughLines(memory.buffer(), bytes, seed);
                    chase.nanosPerStep(Math.max(STEPS, bytes / PointerChase.LINE_BYTES));
                    points.add(new Point(
                            bytes,
                            Measured.least(ROUNDS, () -> chase.nanosPerStep(STEPS))
                                    .value()));
                }
            }
            return points;
        });
    }

    /**
     * What it costs that each line is in another small page: one line a page, less as many lines side by side, so that caches cancel out.
     * Huge pages are no measure of it on a virtual machine whose host has small ones behind them.
     */
    static List<Point> tlbs(LinuxCalls calls, int cpu, int node, long seed) throws IOException, InterruptedException {
        return Pinned.run(calls, cpu, () -> {
            List<Point> points = new ArrayList<>();
            int bytes = MOST_PAGES * PointerChase.PAGE_BYTES;
            try (BoundMemory apart = BoundMemory.map(calls, bytes, node, BoundMemory.Pages.BASE);
                    BoundMemory together = BoundMemory.map(calls, bytes, node, BoundMemory.Pages.BASE)) {
                for (double size = LEAST_PAGES; size <= MOST_PAGES; size *= STEP) {
                    int pages = (int) size;
                    PointerChase throughPages = PointerChase.throughPages(apart.buffer(), pages, seed);
                    PointerChase throughLines =
                            PointerChase.throughLines(together.buffer(), pages * PointerChase.LINE_BYTES, seed);
                    throughPages.nanosPerStep(STEPS);
                    throughLines.nanosPerStep(STEPS);
                    double of = Measured.least(ROUNDS, () -> throughPages.nanosPerStep(STEPS))
                            .value();
                    double without = Measured.least(ROUNDS, () -> throughLines.nanosPerStep(STEPS))
                            .value();
                    points.add(new Point(pages, of - without));
                }
            }
            return points;
        });
    }

    /**
     * Where a curve leaves one level for the next: the size at which it is half way, by the logarithm, between the two.
     *
     * @param low the level below
     * @param high the level above
     * @return the size, between two points by proportion; 0 where it never gets there
     */
    public static int crossing(List<Point> points, double low, double high) {
        double half = Math.sqrt(low * high);
        for (int i = 1; i < points.size(); i++) {
            Point before = points.get(i - 1);
            Point after = points.get(i);
            if (before.nanos() < half && after.nanos() >= half) {
                double part = (half - before.nanos()) / (after.nanos() - before.nanos());
                return (int) (before.size() * Math.pow((double) after.size() / before.size(), part));
            }
        }
        return 0;
    }

    /** The latency at a size, of the nearest point that is not larger. */
    public static double at(List<Point> points, long size) {
        double nanos = points.get(0).nanos();
        for (Point point : points) {
            nanos = point.size() <= size ? point.nanos() : nanos;
        }
        return nanos;
    }

    /**
     * How many pages the levels of TLBs reach: the last sizes before pages begin to cost something, and before they cost several times
     * what they cost where only the first level misses.
     *
     * @return first and last level; 0 where the curve has no such step
     */
    public static int[] reaches(List<Point> points) {
        int first = 0;
        int last = 0;
        double plateau = 0;
        for (int i = 1; i < points.size(); i++) {
            double before = points.get(i - 1).nanos();
            double after = points.get(i).nanos();
            if (first == 0) {
                first = after > LEAST_STEP_NANOS && before <= LEAST_STEP_NANOS
                        ? points.get(i - 1).size()
                        : 0;
                plateau = after;
            } else if (last == 0) {
                plateau = Math.min(plateau, after);
                last = after > STEEP * plateau + LEAST_STEP_NANOS
                        ? points.get(i - 1).size()
                        : 0;
            }
        }
        return new int[] {first, last};
    }
}
