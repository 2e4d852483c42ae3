package dev.mitosis.halnative.topology;

import java.util.BitSet;

/**
 * The processors of one kind on a host that has several: big and little, performance and efficiency.
 *
 * @param name as the kernel calls them, for instance {@code cpu_core} and {@code cpu_atom}; empty where it has no name
 * @param cpus those that are online
 * @param capacity what one computes by the scheduler's scale of 1024, or -1
 * @param baseKilohertz the frequency that it can keep up, or -1
 */
public record CpuKind(String name, BitSet cpus, long capacity, long baseKilohertz) {
    public CpuKind {
        cpus = (BitSet) cpus.clone();
    }

    @Override
    public BitSet cpus() {
        return (BitSet) cpus.clone();
    }
}
