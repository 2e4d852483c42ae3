package dev.mitosis.kvm.discovery;

import java.util.List;

/**
 * One way in which the machine falls into groups.
 *
 * <p>Shape: {@code groupOf} has the group of each processor; groups are numbered by their first processor.
 *
 * @param within median latency between processors of a group that no finer tier joins
 * @param across median latency between groups that the next coarser tier joins; {@code NaN} where nobody measured one
 * @param cutRatio how far the limit between near and far can be moved without changing a group: highest over lowest; 1 where
 *     no limit parts the groups and only averages do
 * @param confidence from 0 to 1: see {@link Confidence}
 */
public record Tier(
        TierKind kind, List<Integer> groupOf, double within, double across, double cutRatio, double confidence) {

    public Tier {
        groupOf = List.copyOf(groupOf);
    }

    public int groupCount() {
        return groupOf.stream().mapToInt(Integer::intValue).max().orElse(-1) + 1;
    }

    /** The processors of each group, in ascending order. */
    public List<List<Integer>> groups() {
        return new Partition(toArray()).groups();
    }

    /** The group of each processor. */
    public int[] toArray() {
        return groupOf.stream().mapToInt(Integer::intValue).toArray();
    }
}
