package dev.mitosis.halnative.topology;

import java.util.BitSet;

/**
 * One cache and the processors that share it.
 *
 * @param level 1, 2, 3
 * @param kind {@code d} of data, {@code i} of instructions, empty of both
 * @param sizeBytes 0 where the kernel does not say
 * @param ways 0 where the kernel does not say
 * @param lineBytes 0 where the kernel does not say
 * @param cpus its processors that are online; none where the kernel does not say, and one such unit stands for all of its kind
 */
public record CacheUnit(int level, String kind, long sizeBytes, int ways, int lineBytes, BitSet cpus) {
    public CacheUnit {
        cpus = (BitSet) cpus.clone();
    }

    @Override
    public BitSet cpus() {
        return (BitSet) cpus.clone();
    }

    /** {@code L1d}, {@code L1i}, {@code L2}, {@code L3}. */
    public String name() {
        return "L" + level + kind;
    }
}
