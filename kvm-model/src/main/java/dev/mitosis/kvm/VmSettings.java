package dev.mitosis.kvm;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.Topology;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.x86.PagingLevel;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;

/**
 * What a virtual machine is made of.
 *
 * @param topology what the guest sees
 * @param cpuOfVcpu the host processor that each vCPU starts on
 * @param hostNodes the host node that the memory of each guest node prefers, or an empty list to leave it to first touch
 * @param eptLevels levels of the extended page table: 4 or 5
 * @param hasEptAccessedDirty whether the processor keeps A and D bits in the extended table
 * @param tableFrames how frames of the guest's tables come to be where the guest wants them
 * @param isShadowed whether the hypervisor keeps shadow tables, because the processor has no extended ones
 * @param guest the settings of the guest's kernel
 */
public record VmSettings(
        Topology topology,
        List<Integer> cpuOfVcpu,
        List<Integer> hostNodes,
        int eptLevels,
        boolean hasEptAccessedDirty,
        GuestTableFrames tableFrames,
        boolean isShadowed,
        KernelSettings guest) {
    private static final long TABLES_OF_ALL = 400;
    private static final int LOCAL = 10;
    private static final int REMOTE = 20;

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

    /** The same under shadow tables. */
    public VmSettings shadowed() {
        return new VmSettings(topology, cpuOfVcpu, hostNodes, eptLevels, hasEptAccessedDirty, tableFrames, true, guest);
    }

    /**
     * A guest that sees the host as it is, processors and memory one to one: of the memory 95 %, as the host needs some.
     *
     * <p>Source: the artifact of vMitosis (ASPLOS'21): cells of 365 GiB, memory preferred, on nodes of 384.
     */
    public static VmSettings visible(Topology host, KernelSettings guest) {
        List<Integer> cpus = IntStream.range(0, host.cpus()).boxed().toList();
        List<Integer> nodes = IntStream.range(0, host.nodes()).boxed().toList();
        return new VmSettings(withRoomForHost(host), cpus, nodes, 4, true, GuestTableFrames.AS_TOUCHED, false, guest);
    }

    public VmSettings withEptLevels(int count) {
        return new VmSettings(
                topology, cpuOfVcpu, hostNodes, count, hasEptAccessedDirty, tableFrames, isShadowed, guest);
    }

    private static Topology withRoomForHost(Topology host) {
        int nodes = host.nodes();
        long[] frames = new long[nodes];
        int[][] distance = new int[nodes][nodes];
        for (int node = 0; node < nodes; node++) {
            frames[node] = roomOf(host.framesOfNode(node));
            for (int to = 0; to < nodes; to++) {
                distance[node][to] = host.distance(node, to);
            }
        }
        int[] nodeOfCpu = IntStream.range(0, host.cpus()).map(host::nodeOfCpu).toArray();
        return new Topology(nodeOfCpu, frames, distance);
    }

    /** In whole huge pages. */
    private static long roomOf(long frames) {
        return frames / 20 * 19 & -PagingLevel.ENTRIES;
    }

    /** A guest of one node, on the processors and memory of a node of the host. */
    public static VmSettings thin(Topology host, int node, KernelSettings guest) {
        List<Integer> cpus = IntStream.range(0, host.cpus())
                .filter(cpu -> host.nodeOfCpu(cpu) == node)
                .boxed()
                .toList();
        Topology one = Topology.uniform(1, cpus.size(), roomOf(host.framesOfNode(node)));
        return new VmSettings(one, cpus, List.of(node), 4, true, GuestTableFrames.AS_TOUCHED, false, guest);
    }

    /** A guest that sees one node with all processors and memory; its frames are where they are touched first. */
    public static VmSettings oblivious(Topology host, KernelSettings guest) {
        return grouped(host, Collections.nCopies(host.cpus(), 0), GuestTableFrames.AS_TOUCHED, guest);
    }

    /**
     * A guest that sees one node of memory, and has found groups of processors for replicas of its tables: group 0 has all data, every
     * group its own table frames.
     *
     * @param groupOfVcpu 0, 1, … without gaps
     */
    public static VmSettings grouped(
            Topology host, List<Integer> groupOfVcpu, GuestTableFrames tableFrames, KernelSettings guest) {
        int groups = 1 + groupOfVcpu.stream().mapToInt(Integer::intValue).max().orElse(0);
        long all = 0;
        for (int node = 0; node < host.nodes(); node++) {
            all += roomOf(host.framesOfNode(node));
        }
        // A table maps 512 frames, so no group needs more.
        long tables = Math.min(Frames.TABLE_ZONE_FRAMES, all / TABLES_OF_ALL);
        long[] frames = new long[groups];
        int[][] distance = new int[groups][groups];
        for (int group = 0; group < groups; group++) {
            frames[group] = group == 0 ? all - (groups - 1) * tables : tables;
            Arrays.fill(distance[group], REMOTE);
            distance[group][group] = LOCAL;
        }
        int[] nodeOfCpu = groupOfVcpu.stream().mapToInt(Integer::intValue).toArray();
        List<Integer> cpus = IntStream.range(0, host.cpus()).boxed().toList();
        return new VmSettings(
                new Topology(nodeOfCpu, frames, distance), cpus, List.of(), 4, true, tableFrames, false, guest);
    }
}
