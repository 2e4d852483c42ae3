package dev.mitosis.shim.numactl;

import dev.mitosis.halnative.files.Bitmasks;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What is asked by {@code numactl --whatif}: its options, which here mean nodes and processors of the simulated machine.
 *
 * @param machine to simulate, null for the usual one
 * @param policies to compare, null for those of the command {@code whatif}
 * @param replicaNodes of {@code -r}; empty where there was none
 * @param cpus of {@code -N} or {@code -C}, null where there was none
 * @param mode of the memory policy by Linux's number, -1 where there was none
 * @param nodes of the memory policy
 */
record WhatIfQuestion(
        @Nullable String machine,
        @Nullable String policies,
        BitSet replicaNodes,
        @Nullable BitSet cpus,
        int mode,
        BitSet nodes) {
    /** As options of the command {@code whatif}. */
    List<String> words() {
        List<String> words = new ArrayList<>();
        add(words, "--machine", machine);
        add(words, "--policies", policies != null ? policies : replicaNodes.isEmpty() ? null : "mitosis");
        add(words, "--replica-nodes", replicaNodes.isEmpty() ? null : eachOf(replicaNodes));
        add(words, "--physcpubind", cpus == null ? null : Bitmasks.list(cpus));
        if (mode == Policy.LOCAL) {
            words.add("--localalloc");
        } else if (!nodes.isEmpty()) {
            add(words, optionOf(mode), Bitmasks.list(nodes));
        }
        return words;
    }

    private static @Nullable String optionOf(int mode) {
        return switch (mode) {
            case Policy.PREFERRED -> "--preferred";
            case Policy.BIND -> "--membind";
            case Policy.INTERLEAVE -> "--interleave";
            case Policy.PREFERRED_MANY -> "--preferred-many";
            case Policy.WEIGHTED_INTERLEAVE -> "--weighted-interleave";
            default -> throw new IllegalStateException("no option sets policy " + mode);
        };
    }

    private static void add(List<String> words, @Nullable String option, @Nullable String value) {
        if (option != null && value != null) {
            words.add(option);
            words.add(value);
        }
    }

    private static String eachOf(BitSet nodes) {
        StringBuilder text = new StringBuilder();
        for (int node = nodes.nextSetBit(0); node >= 0; node = nodes.nextSetBit(node + 1)) {
            text.append(text.length() == 0 ? "" : ",").append(node);
        }
        return text.toString();
    }
}
