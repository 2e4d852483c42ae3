package dev.mitosis.shim.numactl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Boots Debian's kernel in emulation on a machine of four nodes, one without memory and one without processors, and runs
 * {@link NodesOfTheGuest} there. {@code ./mitosis check --guest} runs all command lines, a build the first ten.
 */
class FourNodeMachineTest {
    private static final String QUICK_LINES = "10";

    @Test
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void numactlAndTopologyAreTheSystemsOnFourNodes(@TempDir Path folder) throws Exception {
        Optional<String> missing = EmulatedMachine.missing();
        assumeTrue(missing.isEmpty(), missing.orElse(""));
        String lines = System.getProperty("mitosis.guest.lines", QUICK_LINES);
        String count =
                lines.equals("all") ? Integer.toString(CommandLines.ofNodes().size()) : lines;
        EmulatedMachine machine = new EmulatedMachine(folder);
        EmulatedMachine.Outcome outcome =
                machine.test(List.of("-Dmitosis.guest.lines=" + count), NodesOfTheGuest.class.getName());
        System.out.println(outcome.console());
        assertEquals(0, outcome.status(), outcome::console);
        assertTrue(
                outcome.console().contains(" " + (Integer.parseInt(count) + 1) + " tests successful"),
                outcome::console);
    }
}
