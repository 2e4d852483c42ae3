package dev.mitosis.kvm.discovery;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Processors in disjoint groups. Shape: {@code groupOf[cpu]}, groups numbered by their first processor, so equal ones are equal. */
final class Partition {
    private final int[] groupOf;
    private final int[] sizes;

    /** Takes any numbers as names of groups. */
    Partition(int[] names) {
        groupOf = new int[names.length];
        int[] numberOf = new int[Arrays.stream(names).max().orElse(-1) + 1];
        Arrays.fill(numberOf, -1);
        int groups = 0;
        for (int cpu = 0; cpu < names.length; cpu++) {
            if (numberOf[names[cpu]] < 0) {
                numberOf[names[cpu]] = groups++;
            }
            groupOf[cpu] = numberOf[names[cpu]];
        }
        sizes = new int[groups];
        for (int group : groupOf) {
            sizes[group]++;
        }
    }

    static Partition oneGroup(int cpus) {
        return new Partition(new int[cpus]);
    }

    static Partition singles(int cpus) {
        int[] names = new int[cpus];
        Arrays.setAll(names, cpu -> cpu);
        return new Partition(names);
    }

    int cpus() {
        return groupOf.length;
    }

    int groupOf(int cpu) {
        return groupOf[cpu];
    }

    int groupCount() {
        return sizes.length;
    }

    boolean joins(int a, int b) {
        return groupOf[a] == groupOf[b];
    }

    int largest() {
        return Arrays.stream(sizes).max().orElse(0);
    }

    int smallest() {
        return Arrays.stream(sizes).min().orElse(0);
    }

    /** How many processors are not alone. */
    int countGrouped() {
        return Arrays.stream(sizes).filter(size -> size > 1).sum();
    }

    /** How many pairs are within groups. */
    long countPairs() {
        return Arrays.stream(sizes)
                .mapToLong(size -> (long) size * (size - 1) / 2)
                .sum();
    }

    /** Whether each of our groups lies within one group of the other. */
    boolean isWithin(Partition coarser) {
        int[] outer = new int[sizes.length];
        Arrays.fill(outer, -1);
        for (int cpu = 0; cpu < groupOf.length; cpu++) {
            int inner = groupOf[cpu];
            if (outer[inner] >= 0 && outer[inner] != coarser.groupOf[cpu]) {
                return false;
            }
            outer[inner] = coarser.groupOf[cpu];
        }
        return true;
    }

    /** How many processors are in larger groups there than here, where ours lie within those of the other. */
    int countJoinedBy(Partition coarser) {
        int joined = 0;
        for (int cpu = 0; cpu < groupOf.length; cpu++) {
            joined += coarser.sizes[coarser.groupOf[cpu]] > sizes[groupOf[cpu]] ? 1 : 0;
        }
        return joined;
    }

    /** The processors of each group, in ascending order. */
    List<List<Integer>> groups() {
        List<List<Integer>> groups = new ArrayList<>();
        for (int cpu = 0; cpu < groupOf.length; cpu++) {
            if (groupOf[cpu] == groups.size()) {
                groups.add(new ArrayList<>());
            }
            groups.get(groupOf[cpu]).add(cpu);
        }
        return groups;
    }

    List<Integer> asList() {
        return Arrays.stream(groupOf).boxed().toList();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Partition that && Arrays.equals(groupOf, that.groupOf);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(groupOf);
    }
}
