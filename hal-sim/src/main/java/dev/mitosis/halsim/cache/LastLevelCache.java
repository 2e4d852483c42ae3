package dev.mitosis.halsim.cache;

import java.util.ArrayList;
import java.util.List;

/**
 * The cache that the cores of a socket share, indexed by a hash as sliced caches are.
 *
 * <p>Shape: the number of sets is {@code odd << setBits}. The low bits of the line, mixed with the upper ones, choose among
 * {@code 1 << setBits}; the upper ones alone choose among {@code odd}. So the upper bits are a whole tag, and a victim's line
 * number can be told from its tag and set.
 *
 * <p>The hash of real parts is undocumented; this one spreads lines evenly, which is what is known of theirs.
 */
public final class LastLevelCache {
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;

    /** log2 of the counters of lines above: a few times the lines of all cores' own caches. */
    private static final int ABOVE_BITS = 18;

    private final boolean inclusive;
    private final int setBits;
    private final int setMask;
    private final int odd;
    private final long salt;
    private final TagSets sets;
    /**
     * How often lines that fall on a counter are in caches of cores: none, and nobody has to be asked. Source: the core valid bits of inclusive
     * caches, Intel Optimization Manual 248966, "last level cache".
     */
    private final short[] above;

    /** Of a victim cache: the lines in second levels. */
    private final LinesAbove inCores;

    private final List<CoreCaches> attached = new ArrayList<>();
    private CoreCaches[] cores = new CoreCaches[0];

    /**
     * @param inclusive true when a line that leaves must leave the cores' caches too; false for a victim cache, which holds what
     *     the cores' second level pushed out
     * @param salt chooses one of many equally good hashes
     * @param linesAbove lines that the second levels above it can hold together
     */
    public LastLevelCache(long sizeBytes, int ways, boolean inclusive, int lineBits, long salt, long linesAbove) {
        long count = sizeBytes / PhysicalLines.LINE_BYTES / ways;
        if (count < 1 || count > 1 << 24 || count * ways * PhysicalLines.LINE_BYTES != sizeBytes) {
            throw new IllegalArgumentException(
                    "a last-level cache of " + sizeBytes + " bytes and " + ways + " ways has no whole number of sets");
        }
        this.inclusive = inclusive;
        this.setBits = Long.numberOfTrailingZeros(count);
        this.setMask = (1 << setBits) - 1;
        this.odd = (int) (count >>> setBits);
        this.salt = salt;
        if (lineBits - setBits > 31) {
            throw new IllegalArgumentException(
                    lineBits + " bits of line number are too many for a cache of " + count + " sets");
        }
        sets = new TagSets((int) count, ways);
        above = new short[inclusive ? 1 << ABOVE_BITS : 0];
        inCores = new LinesAbove(inclusive ? 1 : linesAbove);
    }

    /** Lets a core's caches sit on this one. */
    void attach(CoreCaches core) {
        attached.add(core);
        cores = attached.toArray(new CoreCaches[0]);
    }

    boolean isInclusive() {
        return inclusive;
    }

    /** Makes a line present and most recent; says whether it was present. What must leave leaves the cores too. */
    boolean touch(long line) {
        long hash = hash(line >>> setBits);
        if (sets.touch(set(line, hash), tag(line))) {
            return true;
        }
        if (inclusive && sets.victim() != 0) {
            long upper = (sets.victim() - 1) & 0xFFFF_FFFFL;
            long victim = upper << setBits | ((line ^ hash ^ hash(upper)) & setMask);
            if (above[slotAbove(victim)] != 0) {
                for (CoreCaches core : cores) {
                    core.drop(victim);
                }
            }
        }
        return false;
    }

    // ---- what the cores hold of an inclusive cache ----

    /** A cache of a core has taken a line in, for another or for none. */
    void replacedAbove(long victim, long line) {
        above[slotAbove(line)]++;
        if (victim >= 0) {
            leftAbove(victim);
        }
    }

    /** A line has left a cache of a core. */
    void leftAbove(long line) {
        above[slotAbove(line)]--;
    }

    private static int slotAbove(long line) {
        return (int) (line * MIX >>> Long.SIZE - ABOVE_BITS);
    }

    // ---- what the cores hold beside a victim cache ----

    /**
     * A core's second level has missed a line and takes it in for another, or for none: whether this cache or another core above it had the
     * line.
     *
     * @param victim -1 for none
     */
    boolean replace(CoreCaches core, long line, int set, long victim, int victimSet) {
        boolean isHere = remove(line, set) || (inCores.mayHold(line) && isInOther(core, line));
        inCores.came(line);
        if (victim >= 0) {
            inCores.left(victim);
            fill(victim, victimSet);
        }
        return isHere;
    }

    private boolean isInOther(CoreCaches core, long line) {
        for (CoreCaches other : cores) {
            if (other != core && other.holds(line)) {
                return true;
            }
        }
        return false;
    }

    boolean remove(long line, int set) {
        return sets.remove(set, tag(line));
    }

    /** Makes a line present and most recent in its set, where no core must hear of what leaves. */
    void fill(long line, int set) {
        sets.touch(set, tag(line));
    }

    /** Says whether a line is present; changes nothing. */
    public boolean contains(long line) {
        return sets.contains(set(line, hash(line >>> setBits)), tag(line));
    }

    int setOf(long line) {
        return set(line, hash(line >>> setBits));
    }

    /** Reads sets, so that the host has them near when they are needed; changes nothing. */
    int peek(int[] numbers, int count) {
        return sets.peek(numbers, count);
    }

    private int set(long line, long hash) {
        int slice = (int) ((hash >>> 32) * odd >>> 32);
        return slice << setBits | ((int) (line ^ hash) & setMask);
    }

    private int tag(long line) {
        return (int) (line >>> setBits) + 1;
    }

    private long hash(long upper) {
        long mixed = (upper ^ salt) * MIX;
        return mixed ^ mixed >>> 29;
    }
}
