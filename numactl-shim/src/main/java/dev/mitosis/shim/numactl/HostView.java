package dev.mitosis.shim.numactl;

import dev.mitosis.halnative.files.SystemFiles;
import dev.mitosis.halnative.files.TaskStatus;
import dev.mitosis.halnative.libc.LinuxCalls;
import dev.mitosis.halnative.sysfs.SysfsReader;
import dev.mitosis.halnative.topology.HostNode;
import dev.mitosis.halnative.topology.HostTopology;
import java.util.BitSet;

/**
 * What the task sees of the machine when it starts: the sets that node and processor strings are read against.
 *
 * @param allowedNodes those that the task's control group lets it use
 * @param possibleNodes what {@code --all} reads against: every number up to the highest node's, with memory or without. Source: libnuma 2.0.16,
 *     {@code libnuma.c:set_task_constraints}
 * @param configuredNodes how many nodes have memory
 * @param nodeBits the size of the kernel's masks of nodes
 * @param cpuBits the size of the kernel's masks of processors
 */
record HostView(
        HostTopology topology,
        BitSet allowedNodes,
        BitSet possibleNodes,
        int configuredNodes,
        BitSet allowedCpus,
        BitSet possibleCpus,
        int configuredCpus,
        int nodeBits,
        int cpuBits) {
    private static final int CPU_BITS_TRIED = 4096;
    private static final int DEFAULT_NODE_BITS = 128;

    static HostView of(SystemFiles files, LinuxCalls calls) {
        SysfsReader reader = new SysfsReader(files);
        HostTopology topology = reader.readNodes();
        TaskStatus status = TaskStatus.read(files);
        int configuredNodes = 0;
        for (HostNode node : topology.nodes()) {
            configuredNodes += node.sizeBytes() > 0 ? 1 : 0;
        }
        int configuredCpus = reader.possibleCpus().cardinality();
        int bytes = calls.schedGetaffinity(0, new long[CPU_BITS_TRIED / 64]);
        return new HostView(
                topology,
                status.allowedNodes(),
                first(topology.nodeNumbers().length()),
                configuredNodes,
                status.allowedCpus(),
                first(configuredCpus),
                configuredCpus,
                status.nodeBits() < 0 ? DEFAULT_NODE_BITS : status.nodeBits(),
                bytes > 0 ? bytes * 8 : CPU_BITS_TRIED);
    }

    /** A simulated machine, all of which a task may use. */
    static HostView of(HostTopology topology) {
        int nodes = topology.nodes().size();
        int cpus = topology.onlineCpus().length();
        return new HostView(
                topology,
                topology.nodeNumbers(),
                first(topology.nodeNumbers().length()),
                nodes,
                topology.onlineCpus(),
                first(cpus),
                cpus,
                DEFAULT_NODE_BITS,
                CPU_BITS_TRIED);
    }

    int bits(boolean ofNodes) {
        return ofNodes ? nodeBits : cpuBits;
    }

    /** The nodes that have at least one of these processors. */
    BitSet nodesOf(BitSet cpus) {
        BitSet nodes = new BitSet();
        for (HostNode node : topology.nodes()) {
            if (node.cpus().intersects(cpus)) {
                nodes.set(node.number());
            }
        }
        return nodes;
    }

    /** The nodes that have processors online, and no memory. */
    BitSet nodesWithoutMemory() {
        BitSet nodes = nodesOf(topology.onlineCpus());
        for (HostNode node : topology.nodes()) {
            if (node.sizeBytes() > 0) {
                nodes.clear(node.number());
            }
        }
        return nodes;
    }

    private static BitSet first(int count) {
        BitSet set = new BitSet();
        set.set(0, count);
        return set;
    }
}
