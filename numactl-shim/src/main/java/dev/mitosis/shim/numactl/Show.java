package dev.mitosis.shim.numactl;

import dev.mitosis.halnative.libc.LinuxCalls;
import java.util.BitSet;

/** {@code --show}: the policy and affinity of the calling thread. Source: numactl(8). */
final class Show {
    private Show() {}

    static void print(HostView host, LinuxCalls calls, InterleaveWeights weights, Console console) {
        int[] policy = new int[1];
        BitSet nodes = policyNodes(host, calls, policy, console);
        BitSet cpus = affinity(host, calls);
        console.out("policy: " + Policy.nameOf(policy[0]) + "\npreferred node: ");
        switch (policy[0]) {
            case Policy.PREFERRED -> console.out(nodes.isEmpty() ? "current\n" : nodes.nextSetBit(0) + "\n");
            case Policy.DEFAULT -> console.out("current\n");
            case Policy.INTERLEAVE -> console.out(nextInterleaved(calls) + " (interleave next)\n");
            case Policy.WEIGHTED_INTERLEAVE -> console.out(nextInterleaved(calls) + " (interleave next)\n");
            case Policy.PREFERRED_MANY -> console.out(nodes.nextSetBit(0) + " (preferred-many)\n");
            case Policy.BIND -> console.out(nodes.nextSetBit(0) + "\n");
            default -> {
                // The original prints nothing, not even the line's end.
            }
        }
        if (policy[0] == Policy.INTERLEAVE || policy[0] == Policy.WEIGHTED_INTERLEAVE) {
            printSet(console, "interleavemask", nodes);
            if (policy[0] == Policy.WEIGHTED_INTERLEAVE && weights.arePrinted()) {
                weights.print(console, nodes);
            }
            console.out("interleavenode: " + nextInterleaved(calls) + "\n");
        }
        printAffinity(console, cpus);
        BitSet cpuNodes = host.nodesOf(cpus);
        cpuNodes.and(host.allowedNodes()); // as libnuma: numa_get_run_node_mask leaves out nodes without memory
        printSet(console, "cpubind", cpuNodes);
        printSet(console, "nodebind", cpuNodes);
        printSet(console, "membind", policy[0] == Policy.BIND ? nodes : host.allowedNodes());
        printSet(console, "preferred", nodes);
    }

    /** A simulated machine that nothing is bound on. */
    static void printUnbound(HostView host, Console console) {
        console.out("policy: default\npreferred node: current\n");
        printAffinity(console, host.allowedCpus());
        BitSet nodes = host.nodesOf(host.allowedCpus());
        nodes.and(host.allowedNodes());
        printSet(console, "cpubind", nodes);
        printSet(console, "nodebind", nodes);
        printSet(console, "membind", host.allowedNodes());
        printSet(console, "preferred", new BitSet());
    }

    static void printAffinity(Console console, BitSet cpus) {
        printSet(console, "physcpubind", cpus);
    }

    static BitSet affinity(HostView host, LinuxCalls calls) {
        long[] mask = new long[(host.cpuBits() + 63) / 64];
        return calls.schedGetaffinity(0, mask) < 0 ? new BitSet() : BitSet.valueOf(mask);
    }

    private static BitSet policyNodes(HostView host, LinuxCalls calls, int[] policy, Console console) {
        long[] mask = new long[(host.nodeBits() + 63) / 64];
        int result = calls.getMempolicy(policy, mask, host.nodeBits() + 1L, 0, 0);
        if (result < 0) {
            console.err("get_mempolicy: " + calls.strerror(-result) + "\n");
            return new BitSet();
        }
        return BitSet.valueOf(mask);
    }

    private static int nextInterleaved(LinuxCalls calls) {
        int[] node = new int[1];
        return calls.getMempolicy(node, null, 0, 0, Policy.F_NODE) < 0 ? 0 : node[0];
    }

    static void printSet(Console console, String name, BitSet set) {
        console.out(name + ": ");
        for (int bit = set.nextSetBit(0); bit >= 0; bit = set.nextSetBit(bit + 1)) {
            console.out(bit + " ");
        }
        console.out("\n");
    }
}
