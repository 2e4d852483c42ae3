package dev.mitosis.cli.program;

import dev.mitosis.cli.simulation.FlushOptions;
import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.lab.whatif.Scenario;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.replication.policy.PlacementPolicy;
import dev.mitosis.replication.policy.PolicyRegistry;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** What is compared: the options {@code --policies}, {@code --scenario} and {@code --thp}. */
public final class PolicyOptions {
    @Option(
            names = {"--policies", "--policy"},
            paramLabel = "P",
            split = ",",
            completionCandidates = Names.class,
            description =
                    "Policies to compare with first-touch: ${COMPLETION-CANDIDATES} (default: all that are no variant of another).")
    private @Nullable List<String> policies;

    @Option(
            names = "--scenario",
            paramLabel = "S",
            description = "wide, moved or both (default: moved for one thread, both for more).")
    private @Nullable String scenario;

    @Option(
            names = "--replica-nodes",
            paramLabel = "N",
            split = ",",
            description = "Nodes for replicas, or to move tables to, under policies that choose nodes (default: all).")
    private @Nullable List<Integer> replicaNodes;

    @Option(names = "--thp", description = "Back memory with 2 MiB pages where possible (default: 4 KiB).")
    private boolean thp;

    @Option(
            names = "--guest",
            description = "Run the program in a guest that sees the machine; policies place both of its trees.")
    private boolean guest;

    /** The names that {@code --policies} takes. */
    static final class Names implements Iterable<String> {
        @Override
        public Iterator<String> iterator() {
            return PolicyRegistry.policies().stream().map(PlacementPolicy::name).iterator();
        }
    }

    @Mixin
    private final FlushOptions flush = new FlushOptions();

    boolean isInGuest() {
        return guest;
    }

    /** First touch, then those asked for, on a machine with this many nodes. */
    List<PlacementPolicy> policies(int nodes) {
        List<String> names = policies == null
                ? PolicyRegistry.compared().stream().map(PlacementPolicy::name).toList()
                : policies;
        List<PlacementPolicy> chosen = new ArrayList<>();
        chosen.add(PolicyRegistry.find("first-touch"));
        for (String name : names) {
            PlacementPolicy policy;
            try {
                policy = PolicyRegistry.find(name.strip().toLowerCase(Locale.ROOT));
            } catch (IllegalArgumentException e) {
                throw CommandException.usage(String.valueOf(e.getMessage()));
            }
            if (chosen.stream().noneMatch(other -> other.name().equals(policy.name()))) {
                chosen.add(policy);
            }
        }
        return replicaNodes == null ? chosen : onNodes(chosen, mask(replicaNodes, nodes));
    }

    private static List<PlacementPolicy> onNodes(List<PlacementPolicy> policies, long mask) {
        if (policies.stream().noneMatch(PlacementPolicy::choosesNodes)) {
            throw CommandException.usage("--replica-nodes: no policy here chooses nodes; add one of "
                    + PolicyRegistry.namesThatChooseNodes());
        }
        return policies.stream().map(policy -> policy.onNodes(mask)).toList();
    }

    private static long mask(List<Integer> replicaNodes, int nodes) {
        long mask = 0;
        for (int node : replicaNodes) {
            if (node < 0 || node >= nodes) {
                throw CommandException.usage(
                        "--replica-nodes: the machine has no node " + node + ", only 0 to " + (nodes - 1));
            }
            mask |= 1L << node;
        }
        return mask;
    }

    /** Empty to choose by the program. */
    List<Scenario> scenarios() {
        if (scenario == null) {
            return List.of();
        }
        return switch (scenario.toLowerCase(Locale.ROOT)) {
            case "wide" -> List.of(Scenario.WIDE);
            case "moved" -> List.of(Scenario.MOVED);
            case "both" -> List.of(Scenario.WIDE, Scenario.MOVED);
            default -> throw CommandException.usage("unknown scenario '" + scenario + "'; there are wide, moved, both");
        };
    }

    KernelSettings settings() {
        return KernelSettings.DEFAULT.withThp(thp).withTlb(flush.settings());
    }
}
