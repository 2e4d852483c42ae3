package dev.mitosis.halnative.topology;

import dev.mitosis.hal.Topology;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The nodes of a host in the kernel's own numbers, which may be sparse, in ascending order.
 *
 * <p>Shape: {@code distances[i][j]} is between the i-th and the j-th node of the list, 0 where the kernel does not say.
 */
public final class HostTopology {
    /** What Linux takes where firmware is silent. Source: Linux {@code include/linux/topology.h}. */
    private static final int LOCAL_DISTANCE = 10;

    private static final int REMOTE_DISTANCE = 20;

    private static final int FRAME_BYTES = 4096;

    private final List<HostNode> nodes;
    private final int[][] distances;
    private final BitSet onlineCpus;
    private final boolean numa;
    private final HostDetails details;

    public HostTopology(List<HostNode> nodes, int[][] distances, BitSet onlineCpus, boolean numa) {
        this(nodes, distances, onlineCpus, numa, HostDetails.none(onlineCpus, numbersOf(nodes)));
    }

    /**
     * A host.
     *
     * @param distances by the places of the nodes in the list, 0 where not known
     * @param numa whether its kernel describes nodes
     */
    public HostTopology(List<HostNode> nodes, int[][] distances, BitSet onlineCpus, boolean numa, HostDetails details) {
        this.nodes = List.copyOf(nodes);
        this.distances = distances.clone();
        this.onlineCpus = (BitSet) onlineCpus.clone();
        this.numa = numa;
        this.details = details;
    }

    /** A simulated machine as its kernel would describe it, all memory free. */
    public static HostTopology of(Topology topology) {
        List<HostNode> nodes = new ArrayList<>();
        int[][] distances = new int[topology.nodes()][topology.nodes()];
        BitSet online = new BitSet();
        online.set(0, topology.cpus());
        for (int node = 0; node < topology.nodes(); node++) {
            BitSet cpus = new BitSet();
            for (int cpu = 0; cpu < topology.cpus(); cpu++) {
                cpus.set(cpu, topology.nodeOfCpu(cpu) == node);
            }
            long bytes = topology.framesOfNode(node) * FRAME_BYTES;
            nodes.add(new HostNode(node, cpus, bytes, bytes));
            for (int to = 0; to < topology.nodes(); to++) {
                distances[node][to] = topology.distance(node, to);
            }
        }
        return new HostTopology(nodes, distances, online, true);
    }

    public List<HostNode> nodes() {
        return nodes;
    }

    /** The node with this number, or null. */
    public @Nullable HostNode findNode(int number) {
        for (HostNode node : nodes) {
            if (node.number() == number) {
                return node;
            }
        }
        return null;
    }

    /** The distance between two nodes by their places in the list; 0 where the kernel does not say. */
    public int distance(int from, int to) {
        return distances[from][to];
    }

    public BitSet onlineCpus() {
        return (BitSet) onlineCpus.clone();
    }

    /** The numbers of the nodes. */
    public BitSet nodeNumbers() {
        return numbersOf(nodes);
    }

    private static BitSet numbersOf(List<HostNode> nodes) {
        BitSet numbers = new BitSet();
        for (HostNode node : nodes) {
            numbers.set(node.number());
        }
        return numbers;
    }

    /** Whether the kernel describes nodes at all; without, there is one node that holds everything. */
    public boolean isNuma() {
        return numa;
    }

    public HostDetails details() {
        return details;
    }

    /** The same nodes, with more known of them. */
    public HostTopology with(HostDetails more) {
        return new HostTopology(nodes, distances, onlineCpus, numa, more);
    }

    /** The kinds of caches, by name, and how many there are of each. */
    public List<HostCache> caches() {
        Map<String, HostCache> byKind = new TreeMap<>();
        for (CacheUnit cache : details.caches()) {
            String key = cache.name() + ' ' + cache.sizeBytes() + ' ' + cache.ways();
            HostCache known = byKind.get(key);
            int here = cache.cpus().isEmpty() ? 0 : 1;
            int instances = known == null ? here : known.instances() + here;
            byKind.put(key, new HostCache(cache.name(), cache.sizeBytes(), cache.ways(), instances));
        }
        return List.copyOf(byKind.values());
    }

    /** The kernel's numbers of the processors that {@link #topology} numbers densely, in its order. */
    public int[] cpuNumbers() {
        BitSet cpus = new BitSet();
        for (HostNode node : nodes) {
            cpus.or(node.cpus());
        }
        cpus.and(onlineCpus);
        return cpus.stream().toArray();
    }

    /**
     * The same nodes and online processors, numbered densely in ascending order: node {@code i} is {@code nodes().get(i)},
     * processor {@code i} is {@code cpuNumbers()[i]}. A processor that two nodes claim belongs to the first. Missing distances
     * are Linux's 10 and 20.
     */
    public Topology topology() {
        int[] numbers = cpuNumbers();
        int[] nodeOfCpu = new int[numbers.length];
        for (int cpu = 0; cpu < numbers.length; cpu++) {
            int node = 0;
            while (!nodes.get(node).cpus().get(numbers[cpu])) {
                node++;
            }
            nodeOfCpu[cpu] = node;
        }
        long[] frames = new long[nodes.size()];
        int[][] dense = new int[nodes.size()][nodes.size()];
        for (int node = 0; node < frames.length; node++) {
            frames[node] = Math.max(0, nodes.get(node).sizeBytes()) / FRAME_BYTES;
            for (int to = 0; to < frames.length; to++) {
                int known = distances[node][to];
                dense[node][to] = known > 0 ? known : node == to ? LOCAL_DISTANCE : REMOTE_DISTANCE;
            }
        }
        return new Topology(nodeOfCpu, frames, dense);
    }
}
