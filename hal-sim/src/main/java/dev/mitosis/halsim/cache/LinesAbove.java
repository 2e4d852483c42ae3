package dev.mitosis.halsim.cache;

/**
 * How many of the cores above a victim cache may hold a line: a table of counters, which several lines share.
 *
 * <p>A counter of 0 says that no core holds any of its lines; any other says that the cores must be asked. A full counter stays full.
 *
 * <p>Source: what a snoop filter is for: Intel Optimization Manual 248966, "Skylake Server cache hierarchy"; AMD 56665, section 2.12: the
 * shadow tags of a complex's second levels.
 */
final class LinesAbove {
    private static final long MIX = 0x9E37_79B9_7F4A_7C15L;
    /** Counters for each line that the cores can hold: few are shared. */
    private static final int COUNTERS_OF_LINE = 16;

    private static final int MOST_BITS = 25;
    private static final int FEWEST_BITS = 10;

    private final byte[] counters;
    private final int shift;

    /** @param lines that the cores can hold together */
    LinesAbove(long lines) {
        int bits = Long.SIZE - Long.numberOfLeadingZeros(lines * COUNTERS_OF_LINE - 1);
        bits = Math.max(FEWEST_BITS, Math.min(MOST_BITS, bits));
        counters = new byte[1 << bits];
        shift = Long.SIZE - bits;
    }

    private int slot(long line) {
        return (int) (line * MIX >>> shift);
    }

    boolean mayHold(long line) {
        return counters[slot(line)] != 0;
    }

    void came(long line) {
        int slot = slot(line);
        if (counters[slot] != Byte.MAX_VALUE) {
            counters[slot]++;
        }
    }

    void left(long line) {
        int slot = slot(line);
        if (counters[slot] != Byte.MAX_VALUE) {
            counters[slot]--;
        }
    }
}
