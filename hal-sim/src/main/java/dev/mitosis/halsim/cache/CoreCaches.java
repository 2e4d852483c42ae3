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

    private final PrivateCache first;
    private final PrivateCache second;
    private final LastLevelCache last;

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
