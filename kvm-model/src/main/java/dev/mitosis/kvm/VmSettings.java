package dev.mitosis.kvm;

import dev.mitosis.hal.Topology;
import dev.mitosis.mm.KernelSettings;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a virtual machine is made of.
 *
 * @param topology what the guest sees
 * @param cpuOfVcpu the host processor that each vCPU starts on
 * @param hostNodes the host node that the memory of each guest node is bound to, or an empty list to leave it to first touch
 * @param eptLevels levels of the extended page table: 4 or 5
 * @param hasEptAccessedDirty whether the processor keeps A and D bits in the extended table
 * @param guest the settings of the guest's kernel
 */
public record VmSettings(
        Topology topology,
        List<Integer> cpuOfVcpu,
        List<Integer> hostNodes,
        int eptLevels,
        boolean hasEptAccessedDirty,
        KernelSettings guest) {
    public VmSettings {
        cpuOfVcpu = List.copyOf(cpuOfVcpu);
        hostNodes = List.copyOf(hostNodes);
        if (cpuOfVcpu.size() != topology.cpus()) {
            throw new IllegalArgumentException(
                    cpuOfVcpu.size() + " places for " + topology.cpus() + " virtual processors");
        }
        if (!hostNodes.isEmpty() && hostNodes.size() != topology.nodes()) {
            throw new IllegalArgumentException(
                    hostNodes.size() + " host nodes for the " + topology.nodes() + " nodes of the guest");
        }
        if (eptLevels != 4 && eptLevels != 5) {
            throw new IllegalArgumentException("extended page tables have 4 or 5 levels, not " + eptLevels);
        }
    }

    /** A guest that sees the host as it is, its processors and memory bound one to one. */
    public static VmSettings visible(Topology host, KernelSettings guest) {
        List<Integer> cpus = IntStream.range(0, host.cpus()).boxed().toList();
        List<Integer> nodes = IntStream.range(0, host.nodes()).boxed().toList();
        return new VmSettings(host, cpus, nodes, 4, true, guest);
    }

    public VmSettings withEptLevels(int count) {
        return new VmSettings(topology, cpuOfVcpu, hostNodes, count, hasEptAccessedDirty, guest);
    }
}
