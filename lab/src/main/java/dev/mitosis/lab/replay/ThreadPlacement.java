package dev.mitosis.lab.replay;

import dev.mitosis.hal.Topology;
import java.util.BitSet;

/** Which processor a program's thread runs on, by the order in which threads start. */
public interface ThreadPlacement {
    int cpu(int thread);

    /** Threads in turn on all nodes that have processors. */
    static ThreadPlacement spread(Topology topology) {
        return thread -> {
            int node = thread % topology.nodes();
            return onNode(topology, node).cpu(thread / topology.nodes());
        };
    }

    /** All threads on one node. */
    static ThreadPlacement onNode(Topology topology, int node) {
        return thread -> {
            int seen = 0;
            int first = -1;
            int count = 0;
            for (int cpu = 0; cpu < topology.cpus(); cpu++) {
                if (topology.nodeOfCpu(cpu) == node) {
                    first = first < 0 ? cpu : first;
                    count++;
                }
            }
            if (count == 0) {
                throw new IllegalArgumentException("node " + node + " has no processor");
            }
            for (int cpu = first; cpu < topology.cpus(); cpu++) {
                if (topology.nodeOfCpu(cpu) == node && seen++ == thread % count) {
                    return cpu;
                }
            }
            throw new IllegalStateException("unreachable: node " + node + " has " + count + " processors");
        };
    }

    /** Threads in turn on the nodes of these processors, and within a node in turn on those of them that are its own. */
    static ThreadPlacement among(Topology topology, BitSet cpus) {
        int[] order = new int[cpus.cardinality()];
        BitSet left = (BitSet) cpus.clone();
        int count = 0;
        while (count < order.length) {
            for (int node = 0; node < topology.nodes(); node++) {
                int cpu = left.nextSetBit(0);
                while (cpu >= 0 && topology.nodeOfCpu(cpu) != node) {
                    cpu = left.nextSetBit(cpu + 1);
                }
                if (cpu >= 0) {
                    order[count++] = cpu;
                    left.clear(cpu);
                }
            }
        }
        return thread -> order[thread % order.length];
    }
}
