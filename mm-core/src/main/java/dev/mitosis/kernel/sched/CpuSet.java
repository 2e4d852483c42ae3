package dev.mitosis.kernel.sched;

import dev.mitosis.hal.Topology;
import java.util.BitSet;

/** A set of processors that a task may run on (sched_setaffinity(2)). */
public final class CpuSet {
    private final BitSet cpus;

    private CpuSet(BitSet cpus) {
        this.cpus = cpus;
    }

    /** Every processor of a board. */
    public static CpuSet all(Topology topology) {
        BitSet cpus = new BitSet();
        cpus.set(0, topology.cpus());
        return new CpuSet(cpus);
    }

    /** The processors of a node. */
    public static CpuSet ofNode(Topology topology, int node) {
        BitSet cpus = new BitSet();
        for (int cpu = 0; cpu < topology.cpus(); cpu++) {
            cpus.set(cpu, topology.nodeOfCpu(cpu) == node);
        }
        return new CpuSet(cpus);
    }

    /** The processors named. */
    public static CpuSet of(int... numbers) {
        BitSet cpus = new BitSet();
        for (int cpu : numbers) {
            cpus.set(cpu);
        }
        return new CpuSet(cpus);
    }

    public boolean contains(int cpu) {
        return cpus.get(cpu);
    }

    /** Says whether any of the first {@code count} processors is in it. */
    boolean hasAny(int count) {
        int first = cpus.nextSetBit(0);
        return first >= 0 && first < count;
    }

    @Override
    public String toString() {
        return "cpus " + cpus;
    }
}
