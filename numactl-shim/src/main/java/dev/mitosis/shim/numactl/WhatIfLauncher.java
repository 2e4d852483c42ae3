package dev.mitosis.shim.numactl;

import java.util.BitSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What {@code numactl --whatif} hands a program to: the simulation instead of the kernel. */
@FunctionalInterface
public interface WhatIfLauncher {
    /**
     * Records the program and answers.
     *
     * @param machine to simulate, null for the usual one
     * @param replicaNodes of {@code -r}; empty when there was none
     * @return the exit code
     */
    int launch(@Nullable String machine, BitSet replicaNodes, List<String> program);
}
