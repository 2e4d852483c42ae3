package dev.mitosis.halsim.cache;

/**
 * What one core sees of the caches: its own first and second level, and its socket's last level.
 *
 * <p>With an inclusive last level a miss fills all three, and a line that leaves the last level leaves the core. With a victim
 * last level a miss fills the core's two, and what the second level pushes out goes to the last; a hit there moves the line
 * back up.
 *
 * <p>Source: Intel SDM vol. 1 §2.2; Intel Optimization Manual, "Skylake Server cache hierarchy".
 */
public final class CoreCaches {
    /** Where an access found its line. */
    public static final int L1 = 1;

    public static final int L2 = 2;
    public static final int LAST = 3;
    public static final int MEMORY = 4;

    /** The references that {@link #warm} takes at the most: few enough that sets still are what they were. */
    public static final int WARMED_AT_ONCE = 256;

    private final PrivateCache first;
    private final PrivateCache second;
    private final LastLevelCache last;

    /** Sets of the last level to be read beforehand. */
    private final int[] pending = new int[2 * WARMED_AT_ONCE + 2];

    /** Keeps the reading beforehand from being optimised away. */
    int warmed;

    public CoreCaches(PrivateCache first, PrivateCache second, LastLevelCache last) {
        this.first = first;
        this.second = second;
        this.last = last;
        last.attach(this);
    }

    /** Looks a line up from the first level down, makes it present and most recent, and says where it was found. */
    public int access(long line) {
        return first.touch(line) ? L1 : fill(line);
    }

    /**
     * Reads the sets of lines that will be asked for, so that the host waits for many of them at a time; changes nothing.
     *
     * @param shift the bits below the line number in a word
     */
    public void warm(long[] words, int from, int to, int shift) {
        boolean isVictimCache = !last.isInclusive();
        int[] sets = pending;
        int count = 0;
        for (int i = from; i < to; i++) {
            long line = words[i] >>> shift;
            sets[count] = last.setOf(line);
            // What the second level is about to push out goes to a victim cache.
            sets[count + 1] = isVictimCache ? last.setOf(second.leastRecentBeside(line)) : 0;
            count += first.isMostRecent(line) ? 0 : 2;
        }
        warmed = last.peek(sets, count);
    }

    private int fill(long line) {
        if (second.touch(line)) {
            return L2;
        }
        if (last.isInclusive()) {
            return last.touch(line) ? LAST : MEMORY;
        }
        boolean wasLast = last.remove(line);
        long victim = second.victimBeside(line);
        if (victim >= 0) {
            last.touch(victim);
        }
        return wasLast ? LAST : MEMORY;
    }

    /** Makes a line absent from the core's own levels. */
    void drop(long line) {
        first.remove(line);
        second.remove(line);
    }

    /** Says where an access would find its line; changes nothing. */
    public int whereIs(long line) {
        if (first.contains(line)) {
            return L1;
        }
        return second.contains(line) ? L2 : last.contains(line) ? LAST : MEMORY;
    }
}
