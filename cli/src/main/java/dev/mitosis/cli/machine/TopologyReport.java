package dev.mitosis.cli.machine;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.mitosis.halnative.files.Bitmasks;
import dev.mitosis.halnative.topology.HostCache;
import dev.mitosis.halnative.topology.HostNode;
import dev.mitosis.halnative.topology.HostTopology;
import dev.mitosis.shim.numactl.Hardware;
import java.util.BitSet;

/** A topology in words, as JSON, and as a table; the facts are the same in all three. */
final class TopologyReport {
    private TopologyReport() {}

    static String text(HostTopology topology) {
        StringBuilder out = new StringBuilder(Hardware.text(topology, false));
        if (!topology.isNuma()) {
            out.append("the kernel describes no nodes: everything is shown as node 0\n");
        }
        out.append(new TopologyDetails(topology).text());
        return out.toString();
    }

    static String json(HostTopology topology) {
        ObjectMapper mapper = new ObjectMapper();
        ObjectNode root = mapper.createObjectNode();
        root.put("numa", topology.isNuma());
        addNumbers(root.putArray("onlineCpus"), topology.onlineCpus());
        ArrayNode nodes = root.putArray("nodes");
        int count = topology.nodes().size();
        for (int i = 0; i < count; i++) {
            HostNode node = topology.nodes().get(i);
            ObjectNode entry = nodes.addObject();
            entry.put("node", node.number());
            addNumbers(entry.putArray("cpus"), node.cpus());
            putKnown(entry, "sizeBytes", node.sizeBytes());
            putKnown(entry, "freeBytes", node.freeBytes());
            ArrayNode distances = entry.putArray("distances");
            for (int to = 0; to < count; to++) {
                int distance = topology.distance(i, to);
                if (distance > 0) {
                    distances.add(distance);
                } else {
                    distances.addNull();
                }
            }
        }
        ArrayNode caches = root.putArray("caches");
        for (HostCache cache : topology.caches()) {
            ObjectNode entry = caches.addObject();
            entry.put("name", cache.name());
            putKnown(entry, "sizeBytes", cache.sizeBytes() > 0 ? cache.sizeBytes() : -1);
            putKnown(entry, "ways", cache.ways() > 0 ? cache.ways() : -1);
            putKnown(entry, "instances", cache.instances() > 0 ? cache.instances() : -1);
        }
        new TopologyDetails(topology).addTo(root);
        try {
            return mapper.writerWithDefaultPrettyPrinter().writeValueAsString(root) + "\n";
        } catch (JsonProcessingException e) {
            throw new IllegalStateException("a tree of plain values is JSON", e);
        }
    }

    private static void addNumbers(ArrayNode array, BitSet set) {
        set.stream().forEach(array::add);
    }

    static void putKnown(ObjectNode entry, String name, long value) {
        if (value < 0) {
            entry.putNull(name);
        } else {
            entry.put(name, value);
        }
    }

    /** One line a node; what the kernel does not say is an empty field. */
    static String csv(HostTopology topology) {
        StringBuilder out = new StringBuilder("node,cpus,size_bytes,free_bytes");
        for (HostNode node : topology.nodes()) {
            out.append(",distance_to_").append(node.number());
        }
        out.append('\n');
        for (int i = 0; i < topology.nodes().size(); i++) {
            HostNode node = topology.nodes().get(i);
            out.append(node.number())
                    .append(",\"")
                    .append(Bitmasks.list(node.cpus()))
                    .append("\",");
            out.append(node.sizeBytes() < 0 ? "" : String.valueOf(node.sizeBytes()))
                    .append(',');
            out.append(node.freeBytes() < 0 ? "" : String.valueOf(node.freeBytes()));
            for (int to = 0; to < topology.nodes().size(); to++) {
                int distance = topology.distance(i, to);
                out.append(',').append(distance > 0 ? String.valueOf(distance) : "");
            }
            out.append('\n');
        }
        return out.toString();
    }
}
