package dev.mitosis.halsim.cache;

/**
 * A core's own cache, indexed by the low bits of the line number.
 *
 * <p>Errors: an {@link IllegalArgumentException} for a number of sets that is not a power of two, or more physical memory than
 * tags can tell apart.
 */
public final class PrivateCache {
    private final int setMask;
    private final int setBits;
    private final TagSets sets;

    public PrivateCache(long sizeBytes, int ways, int lineBits) {
        long count = sizeBytes / PhysicalLines.LINE_BYTES / ways;
        if (count < 1 || Long.bitCount(count) != 1 || count * ways * PhysicalLines.LINE_BYTES != sizeBytes) {
            throw new IllegalArgumentException(
                    "a cache of " + sizeBytes + " bytes and " + ways + " ways has no power of two of sets");
        }
        setBits = Long.numberOfTrailingZeros(count);
        setMask = (int) count - 1;
        if (lineBits - setBits > 31) {
            throw new IllegalArgumentException(
                    lineBits + " bits of line number are too many for a cache of 2^" + setBits + " sets");
        }
        sets = new TagSets((int) count, ways);
    }

    /** Makes a line present and most recent; says whether it was present. */
    boolean touch(long line) {
        return sets.touch((int) line & setMask, tag(line));
    }

    /** The line that the last missing touch pushed out, which had the index of {@code line}; -1 for none. */
    long victimBeside(long line) {
        int tag = sets.victim();
        return tag == 0 ? -1 : ((long) (tag - 1) & 0xFFFF_FFFFL) << setBits | (line & setMask);
    }

    boolean remove(long line) {
        return sets.remove((int) line & setMask, tag(line));
    }

    boolean isMostRecent(long line) {
        return sets.isMostRecent((int) line & setMask, tag(line));
    }

    boolean contains(long line) {
        return sets.contains((int) line & setMask, tag(line));
    }

    private int tag(long line) {
        return (int) (line >>> setBits) + 1;
    }
}
