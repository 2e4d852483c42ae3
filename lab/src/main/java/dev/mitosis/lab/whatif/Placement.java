package dev.mitosis.lab.whatif;

import dev.mitosis.hal.Topology;
import dev.mitosis.lab.replay.ThreadPlacement;
import dev.mitosis.mm.vma.Mempolicy;
import java.util.BitSet;

/**
 * Where a program is on the simulated machine, as numactl's options say it.
 *
 * <p>Page tables come from where the memory policy says too, as in Linux.
 *
 * @param cpus the processors that its threads run on, in turn; not empty
 * @param mempolicy that its first task starts with, and all others inherit
 */
public record Placement(BitSet cpus, Mempolicy mempolicy) {
    public Placement {
        cpus = (BitSet) cpus.clone();
        if (cpus.isEmpty()) {
            throw new IllegalArgumentException("threads must run somewhere");
        }
    }

    @Override
    public BitSet cpus() {
        return (BitSet) cpus.clone();
    }

    ThreadPlacement threads(Topology topology) {
        return ThreadPlacement.among(topology, cpus);
    }

    /** One line for people. */
    public String description() {
        String memory =
                switch (mempolicy.kind()) {
                    case LOCAL -> "local to the thread that touches it first";
                    case BIND -> "bound to " + nodes();
                    case PREFERRED, PREFERRED_MANY -> "preferred from " + nodes();
                    case INTERLEAVE, WEIGHTED_INTERLEAVE -> "interleaved over " + nodes();
                };
        return "placed by you: threads on processors " + ranges(cpus) + ", memory " + memory;
    }

    private String nodes() {
        BitSet nodes = BitSet.valueOf(new long[] {mempolicy.nodeMask()});
        return (nodes.cardinality() == 1 ? "node " : "nodes ") + ranges(nodes);
    }

    private static String ranges(BitSet set) {
        StringBuilder text = new StringBuilder();
        for (int first = set.nextSetBit(0); first >= 0; ) {
            int end = set.nextClearBit(first);
            text.append(text.length() == 0 ? "" : ",").append(first).append(end - first > 1 ? "-" + (end - 1) : "");
            first = set.nextSetBit(end);
        }
        return text.toString();
    }
}
