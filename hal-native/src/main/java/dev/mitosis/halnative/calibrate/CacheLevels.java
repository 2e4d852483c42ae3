package dev.mitosis.halnative.calibrate;

import dev.mitosis.halnative.topology.HostCache;
import java.util.ArrayList;
import java.util.List;

/**
 * The caches of a host, as sysfs names them and as the sweep sees them.
 *
 * <p>A level is heard in the middle between the one before and itself, but no higher than four times the one before: of a cache that is
 * shared with others, on a virtual machine above all, only a part is there.
 *
 * @param cache what sysfs says of it
 * @param nanos what a load takes that it answers
 * @param seenBytes where latency rises to the next level; 0 where it does not
 */
public record CacheLevels(HostCache cache, double nanos, long seenBytes) {
    private static final int TIMES_THE_ONE_BEFORE = 4;

    /** The levels that loads go through, the first one first; none where nothing was swept. */
    public static List<CacheLevels> of(Calibration measured) {
        List<HostCache> caches = measured.host().caches().stream()
                .filter(cache -> !cache.name().endsWith("i"))
                .toList();
        List<Sweeps.Point> points = measured.caches();
        List<CacheLevels> levels = new ArrayList<>();
        for (int i = 0; i < caches.size() && !points.isEmpty(); i++) {
            double nanos = heard(points, caches, i);
            double next = i + 1 < caches.size()
                    ? heard(points, caches, i + 1)
                    : points.get(points.size() - 1).nanos();
            levels.add(new CacheLevels(caches.get(i), nanos, Sweeps.crossing(points, nanos, next)));
        }
        return levels;
    }

    private static double heard(List<Sweeps.Point> points, List<HostCache> caches, int level) {
        long size = caches.get(level).sizeBytes() / 2;
        if (level > 0) {
            size = Math.min(size, TIMES_THE_ONE_BEFORE * caches.get(level - 1).sizeBytes());
        }
        return Sweeps.at(points, size);
    }
}
