package dev.mitosis.halsim.cache;

/**
 * What one core sees of the caches: its own first and second level, and its socket's last level.
 *
 * <p>With an inclusive last level a miss fills all three, and a line that leaves the last level leaves the core. With a victim
 * last level a miss fills the core's two, and what the second level pushes out goes to the last; a hit there moves the line
 * back up. A line that another core above the same last level holds comes from there, and both keep it: it takes as long as the last
 * level does.
 *
 * <p>Source: Intel SDM vol. 1 §2.2; Intel Optimization Manual, "Skylake Server cache hierarchy".
 */
public final class CoreCaches {
    /** Where an access found its line. */
    public static final int L1 = 1;

    public static final int L2 = 2;
    public static final int LAST = 3;
    public static final int MEMORY = 4;

    /** The references that {@link #find} answers at a time: few enough that the sets it reads beforehand stay near. */
    private static final int PART = 128;

    private final PrivateCache first;
    private final PrivateCache second;
    private final LastLevelCache last;

    /** Of the references that the core's own levels miss: their places, their lines' sets in the last level, and what they push out. */
    private final int[] missing = new int[PART];

    private final int[] sets = new int[2 * PART];
    private final long[] victims = new long[PART];

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

    private int fill(long line) {
        if (last.isInclusive()) {
            return fillAll(line);
        }
        if (second.touch(line)) {
            return L2;
        }
        long victim = second.victimBeside(line);
        return last.replace(this, line, last.setOf(line), victim, last.setOf(victim)) ? LAST : MEMORY;
    }

    private int fillAll(long line) {
        last.replacedAbove(first.victimBeside(line), line);
        if (second.touch(line)) {
            return L2;
        }
        last.replacedAbove(second.victimBeside(line), line);
        return last.touch(line) ? LAST : MEMORY;
    }

    /**
     * {@link #access} for many lines, in their order.
     *
     * <p>Cost: the sets of the last level are read before it is asked, in a loop that does nothing else, so that the host waits for many
     * of them at a time. Of a victim cache it is known which, since the core's own levels do not depend on it and go ahead; of an
     * inclusive one it is guessed.
     *
     * @param words lines, above {@code shift} bits
     * @param where for each what {@link #access} returns
     */
    public void find(long[] words, int from, int to, int shift, byte[] where) {
        for (int part = from; part < to; part += PART) {
            int end = Math.min(part + PART, to);
            if (last.isInclusive()) {
                findInclusive(words, part, end, shift, where);
            } else {
                findMissing(words, part, end, shift, where);
            }
        }
    }

    private void findInclusive(long[] words, int from, int to, int shift, byte[] where) {
        int count = 0;
        for (int i = from; i < to; i++) {
            long line = words[i] >>> shift;
            sets[count] = last.setOf(line);
            count += first.isMostRecent(line) ? 0 : 1;
        }
        warmed = last.peek(sets, count);
        for (int i = from; i < to; i++) {
            where[i] = (byte) access(words[i] >>> shift);
        }
    }

    private void findMissing(long[] words, int from, int to, int shift, byte[] where) {
        int count = findOwn(words, from, to, shift, where);
        warmed = last.peek(sets, 2 * count);
        findLast(words, count, shift, where);
    }

    /** Asks the core's own levels, and returns how many lines they miss. */
    private int findOwn(long[] words, int from, int to, int shift, byte[] where) {
        int count = 0;
        for (int i = from; i < to; i++) {
            long line = words[i] >>> shift;
            if (first.touch(line)) {
                where[i] = L1;
            } else if (second.touch(line)) {
                where[i] = L2;
            } else {
                long victim = second.victimBeside(line);
                missing[count] = i;
                victims[count] = victim;
                sets[2 * count] = last.setOf(line);
                sets[2 * count + 1] = last.setOf(victim);
                count++;
            }
        }
        return count;
    }

    private void findLast(long[] words, int count, int shift, byte[] where) {
        for (int i = 0; i < count; i++) {
            int at = missing[i];
            boolean isNear = last.replace(this, words[at] >>> shift, sets[2 * i], victims[i], sets[2 * i + 1]);
            where[at] = (byte) (isNear ? LAST : MEMORY);
        }
    }

    /** Makes a line absent from the core's own levels. */
    void drop(long line) {
        if (first.remove(line)) {
            last.leftAbove(line);
        }
        if (second.remove(line)) {
            last.leftAbove(line);
        }
    }

    /** Whether the core's own levels hold a line. */
    boolean holds(long line) {
        return second.contains(line) || first.contains(line);
    }

    /** Says where an access would find its line; changes nothing. */
    public int whereIs(long line) {
        if (first.contains(line)) {
            return L1;
        }
        return second.contains(line) ? L2 : last.contains(line) ? LAST : MEMORY;
    }
}
