package dev.mitosis.cli.program;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.cli.terminal.CommandException;
import dev.mitosis.replication.policy.PlacementPolicy;
import dev.mitosis.replication.policy.PolicyRegistry;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

class PolicyOptionsTest {
    @Command(name = "compare")
    private static final class Compare {
        @Mixin
        private PolicyOptions policies = new PolicyOptions();
    }

    private final Compare compare = new Compare();

    private List<String> chosen(String... arguments) {
        new CommandLine(compare).parseArgs(arguments);
        return compare.policies.policies(4).stream().map(PlacementPolicy::name).toList();
    }

    @Test
    void theHelpTextNamesEveryPolicyOfTheRegistry() {
        String help = new CommandLine(compare).getUsageMessage().replaceAll("\\s+", " ");
        assertTrue(help.contains(PolicyRegistry.names()), help);
    }

    @Test
    void replicaNodesRestrictEveryPolicyThatChoosesNodes() {
        assertEquals(
                List.of("first-touch", "mitosis", "vmitosis"),
                chosen("--policies", "mitosis,vmitosis", "--replica-nodes", "0,1"));
    }

    @Test
    void replicaNodesWithoutAPolicyThatChoosesNodesAreRefused() {
        CommandException refused =
                assertThrows(CommandException.class, () -> chosen("--policies", "migrate", "--replica-nodes", "0,1"));
        assertTrue(String.valueOf(refused.getMessage()).contains("vmitosis"), refused.getMessage());
    }

    @Test
    void aNodeThatTheMachineLacksIsRefused() {
        CommandException refused = assertThrows(CommandException.class, () -> chosen("--replica-nodes", "4"));
        assertTrue(String.valueOf(refused.getMessage()).contains("no node 4, only 0 to 3"), refused.getMessage());
    }
}
