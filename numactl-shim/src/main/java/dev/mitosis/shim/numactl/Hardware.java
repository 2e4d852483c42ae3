package dev.mitosis.shim.numactl;

import dev.mitosis.halnative.files.Bitmasks;
import dev.mitosis.halnative.topology.HostNode;
import dev.mitosis.halnative.topology.HostTopology;
import java.util.BitSet;
import java.util.List;

/** {@code --hardware}: nodes, their processors and memory, and the distances between them. Source: numactl(8). */
public final class Hardware {
    private Hardware() {}

    /** The text, byte for byte as numactl 2.0.16 prints it. */
    public static String text(HostTopology topology, boolean compressed) {
        StringBuilder out = new StringBuilder();
        List<HostNode> nodes = topology.nodes();
        out.append("available: ").append(nodes.size()).append(" nodes (");
        out.append(Bitmasks.list(topology.nodeNumbers())).append(")\n");
        for (HostNode node : nodes) {
            String name = "node " + node.number();
            out.append(name).append(" cpus:");
            appendCpus(out, node.cpus(), compressed);
            out.append('\n');
            appendMemory(out.append(name).append(" size: "), node.sizeBytes());
            appendMemory(out.append(name).append(" free: "), node.freeBytes());
        }
        appendDistances(out, topology);
        return out.toString();
    }

    private static void appendCpus(StringBuilder out, BitSet cpus, boolean compressed) {
        if (compressed) {
            out.append(' ').append(Bitmasks.list(cpus).replace(",", ", "));
            out.append(" (").append(cpus.cardinality()).append(')');
            return;
        }
        for (int cpu = cpus.nextSetBit(0); cpu >= 0; cpu = cpus.nextSetBit(cpu + 1)) {
            out.append(' ').append(cpu);
        }
    }

    private static void appendMemory(StringBuilder out, long bytes) {
        if (bytes < 0) {
            out.append("<not available>\n");
        } else {
            out.append(bytes >> 20).append(" MB\n");
        }
    }

    private static void appendDistances(StringBuilder out, HostTopology topology) {
        int count = topology.nodes().size();
        if (topology.distance(count - 1, 0) == 0) {
            out.append("No distance information available.\n");
            return;
        }
        out.append("node distances:\nnode ");
        for (HostNode node : topology.nodes()) {
            appendCell(out, node.number()).append(' ');
        }
        out.append('\n');
        for (int from = 0; from < count; from++) {
            appendCell(out, topology.nodes().get(from).number()).append(": ");
            for (int to = 0; to < count; to++) {
                appendCell(out, topology.distance(from, to)).append(' ');
            }
            out.append('\n');
        }
    }

    /** As {@code "% 3d"}: three places, the first of them blank. */
    private static StringBuilder appendCell(StringBuilder out, int value) {
        if (value < 10) {
            out.append(' ');
        }
        return out.append(' ').append(value);
    }
}
