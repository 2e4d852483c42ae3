package dev.mitosis.shim.command;

import dev.mitosis.shim.numactl.WhatIfLauncher;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.ToIntFunction;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Answers {@code numactl --whatif} by the {@code whatif} command: one place records, simulates and prints. */
public final class NumactlWhatIf implements WhatIfLauncher {
    private final ToIntFunction<String[]> commandLine;

    /** An answer by the function that runs a command of mitosis and gives its exit code. */
    public NumactlWhatIf(ToIntFunction<String[]> commandLine) {
        this.commandLine = commandLine;
    }

    @Override
    public int launch(@Nullable String machine, BitSet replicaNodes, List<String> program) {
        List<String> words = new ArrayList<>();
        words.add("whatif");
        if (machine != null) {
            words.add("--machine");
            words.add(machine);
        }
        if (!replicaNodes.isEmpty()) {
            words.add("--policies");
            words.add("mitosis");
            words.add("--replica-nodes");
            words.add(replicaNodes.stream().mapToObj(Integer::toString).collect(Collectors.joining(",")));
        }
        words.add("--");
        words.addAll(program);
        return commandLine.applyAsInt(words.toArray(new String[0]));
    }
}
