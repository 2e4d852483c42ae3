package dev.mitosis.cli.program;

import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.hal.Topology;
import dev.mitosis.halnative.files.Bitmasks;
import dev.mitosis.lab.whatif.Placement;
import dev.mitosis.mm.vma.Mempolicy;
import java.util.BitSet;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Where a program's threads run and its memory comes from on the simulated machine: options with the names of numactl's. */
public final class PlacementOptions {
    @Option(
            names = {"-N", "--cpunodebind"},
            paramLabel = "NODES",
            description = "Run its threads on these nodes of the machine, such as 0-1,3 or all.")
    private @Nullable String cpuNodes;

    @Option(
            names = {"-C", "--physcpubind"},
            paramLabel = "CPUS",
            description = "Run its threads on these processors of the machine.")
    private @Nullable String cpus;

    @Option(
            names = {"-m", "--membind"},
            paramLabel = "NODES",
            description = "Take its memory, and so its page tables, from these nodes only.")
    private @Nullable String bind;

    @Option(
            names = {"-i", "--interleave"},
            paramLabel = "NODES",
            description = "Take its memory from these nodes in turn.")
    private @Nullable String interleave;

    @Option(
            names = {"-w", "--weighted-interleave"},
            paramLabel = "NODES",
            description = "The same, by weights, which are all 1.")
    private @Nullable String weightedInterleave;

    @Option(
            names = {"-p", "--preferred"},
            paramLabel = "NODE",
            description = "Take its memory from this node while it has some.")
    private @Nullable String preferred;

    @Option(
            names = {"-P", "--preferred-many"},
            paramLabel = "NODES",
            description = "Take its memory from the nearest of these nodes while they have some.")
    private @Nullable String preferredMany;

    @Option(
            names = {"-l", "--localalloc"},
            description = "Take its memory from the node that a thread runs on, which is what happens anyway.")
    private boolean local;

    /** Nothing where no option was given. */
    Optional<Placement> placement(Topology machine) {
        if (cpuNodes != null && cpus != null) {
            throw CommandException.usage("--cpunodebind and --physcpubind both say where threads run; use one");
        }
        Mempolicy mempolicy = mempolicy(machine);
        if (cpuNodes == null && cpus == null && mempolicy == null) {
            return Optional.empty();
        }
        BitSet where = cpus != null
                ? read("--physcpubind", cpus, machine.cpus(), "processor")
                : cpusOf(machine, cpuNodes == null ? "all" : cpuNodes);
        return Optional.of(new Placement(where, mempolicy == null ? Mempolicy.LOCAL : mempolicy));
    }

    private static BitSet cpusOf(Topology machine, String nodes) {
        BitSet wanted = read("--cpunodebind", nodes, machine.nodes(), "node");
        BitSet cpus = new BitSet();
        for (int cpu = 0; cpu < machine.cpus(); cpu++) {
            cpus.set(cpu, wanted.get(machine.nodeOfCpu(cpu)));
        }
        if (cpus.isEmpty()) {
            throw CommandException.usage("--cpunodebind: no processor is on " + Bitmasks.list(wanted));
        }
        return cpus;
    }

    /** Null where none was asked for. */
    private @Nullable Mempolicy mempolicy(Topology machine) {
        Mempolicy chosen = local ? Mempolicy.LOCAL : null;
        chosen = other(chosen, "--membind", Mempolicy.Kind.BIND, bind, machine);
        chosen = other(chosen, "--interleave", Mempolicy.Kind.INTERLEAVE, interleave, machine);
        chosen =
                other(chosen, "--weighted-interleave", Mempolicy.Kind.WEIGHTED_INTERLEAVE, weightedInterleave, machine);
        chosen = other(chosen, "--preferred", Mempolicy.Kind.PREFERRED, preferred, machine);
        chosen = other(chosen, "--preferred-many", Mempolicy.Kind.PREFERRED_MANY, preferredMany, machine);
        if (preferred != null && chosen != null && Long.bitCount(chosen.nodeMask()) != 1) {
            throw CommandException.usage("--preferred: one node, not '" + preferred + "'");
        }
        return chosen;
    }

    private static @Nullable Mempolicy other(
            @Nullable Mempolicy chosen, String option, Mempolicy.Kind kind, @Nullable String nodes, Topology machine) {
        if (nodes == null) {
            return chosen;
        }
        if (chosen != null) {
            throw CommandException.usage(option + ": memory can come by one policy only");
        }
        return new Mempolicy(kind, read(option, nodes, machine.nodes(), "node").toLongArray()[0]);
    }

    /** A set that is not empty, of numbers below {@code count}. */
    private static BitSet read(String option, String text, int count, String what) {
        BitSet set = new BitSet();
        if (text.equals("all")) {
            set.set(0, count);
            return set;
        }
        try {
            set = Bitmasks.parseList(text);
        } catch (IllegalArgumentException e) {
            throw CommandException.usage(option + ": " + e.getMessage());
        }
        if (set.isEmpty()) {
            throw CommandException.usage(option + ": no " + what + " in '" + text + "'");
        }
        if (set.length() > count) {
            throw CommandException.usage(
                    option + ": the machine has no " + what + " " + (set.length() - 1) + ", only 0 to " + (count - 1));
        }
        return set;
    }
}
