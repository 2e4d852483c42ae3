package dev.mitosis.kvm.discovery;

import java.util.Arrays;

/**
 * What the kernel of the machine that was measured says of its processors, in the order of the matrix. A guest's may be as its hypervisor
 * pleases: it names groups that latencies show too, and makes none.
 */
@SuppressWarnings("ArrayRecordComponent") // never compared
public record KernelView(int[] coreOf, int[] packageOf) {
    /** Of a machine whose kernel nobody asked. */
    public static final KernelView NONE = new KernelView(new int[0], new int[0]);

    /**
     * A view, with numbers of any kind.
     *
     * @param coreOf the core of each processor; empty where that is not known
     * @param packageOf the package of each; empty where that is not known
     */
    public KernelView {
        coreOf = coreOf.clone();
        packageOf = packageOf.clone();
    }

    boolean areCores(Partition groups) {
        return isSame(groups, coreOf);
    }

    boolean arePackages(Partition groups) {
        return isSame(groups, packageOf);
    }

    private static boolean isSame(Partition groups, int[] names) {
        if (names.length != groups.cpus()) {
            return false;
        }
        int[] distinct = Arrays.stream(names).distinct().toArray();
        int[] dense = Arrays.stream(names)
                .map(name -> {
                    int at = 0;
                    while (distinct[at] != name) {
                        at++;
                    }
                    return at;
                })
                .toArray();
        return new Partition(dense).equals(groups);
    }
}
