package dev.mitosis.cli.program;

import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.lab.whatif.Scenario;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.replication.policy.Mitosis;
import dev.mitosis.replication.policy.PlacementPolicy;
import dev.mitosis.replication.policy.PolicyRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** What is compared: the options {@code --policies}, {@code --scenario} and {@code --thp}. */
public final class PolicyOptions {
    @Option(
            names = {"--policies", "--policy"},
            paramLabel = "P",
            split = ",",
            description =
                    "Policies to compare with first-touch (default: all): first-touch, mitosis, migrate, interleave.")
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
            description = "Nodes that get copies under mitosis (default: all).")
    private @Nullable List<Integer> replicaNodes;

    @Option(names = "--thp", description = "Back memory with 2 MiB pages where possible (default: 4 KiB).")
    private boolean thp;

    @Option(
            names = "--guest",
            description = "Run the program in a guest that sees the machine; policies place both of its trees.")
    private boolean guest;

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
                policy = onReplicaNodes(PolicyRegistry.find(name.strip().toLowerCase(Locale.ROOT)), nodes);
            } catch (IllegalArgumentException e) {
                throw CommandException.usage(String.valueOf(e.getMessage()));
            }
            if (chosen.stream().noneMatch(other -> other.name().equals(policy.name()))) {
                chosen.add(policy);
            }
        }
        return chosen;
    }

    private PlacementPolicy onReplicaNodes(PlacementPolicy policy, int nodes) {
        if (replicaNodes == null || !(policy instanceof Mitosis mitosis)) {
            return policy;
        }
        long mask = 0;
        for (int node : replicaNodes) {
            if (node < 0 || node >= nodes) {
                throw CommandException.usage(
                        "--replica-nodes: the machine has no node " + node + ", only 0 to " + (nodes - 1));
            }
            mask |= 1L << node;
        }
        return mitosis.onNodes(mask);
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
        return KernelSettings.DEFAULT.withThp(thp);
    }
}
