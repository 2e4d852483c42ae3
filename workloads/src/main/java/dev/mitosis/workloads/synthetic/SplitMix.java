package dev.mitosis.workloads.synthetic;

/**
 * A small generator whose state is one word.
 *
 * <p>Source: Steele, Lea, Flood: Fast splittable pseudorandom number generators (OOPSLA 2014).
 */
final class SplitMix {
    private static final long GOLDEN_GAMMA = 0x9E37_79B9_7F4A_7C15L;

    private long state;

    SplitMix(long seed) {
        state = seed;
    }

    long next() {
        state += GOLDEN_GAMMA;
        return mix(state);
    }

    /** A number from 0 to {@code bound - 1}, uniform to within one part in 2^32 for bounds below 2^32. */
    long below(long bound) {
        return Math.multiplyHigh(next() >>> 1, bound << 1);
    }

    /** A bijection of words that leaves no visible order. */
    static long mix(long word) {
        long z = (word ^ word >>> 30) * 0xBF58_476D_1CE4_E5B9L;
        z = (z ^ z >>> 27) * 0x94D0_49BB_1331_11EBL;
        return z ^ z >>> 31;
    }
}
