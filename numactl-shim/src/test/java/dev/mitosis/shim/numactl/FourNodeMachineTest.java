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
 * {@link NodesOfTheGuest} and
 * {@link MemoryOfTheGuest} there. {@code ./mitosis check --guest} runs all command lines, a build the first ten.
 */
class FourNodeMachineTest {
    private static final String QUICK_LINES = "10";
    /** Of the topology, of the board's contract, of tables on their nodes, of a calibration. */
    private static final int OTHER_TESTS = 1 + 5 + 3;

    @Test
    @Timeout(value = 60, unit = TimeUnit.MINUTES)
    void numactlAndTopologyAreTheSystemsOnFourNodes(@TempDir Path folder) throws Exception {
        Optional<String> missing = EmulatedMachine.missing();
        assumeTrue(missing.isEmpty(), missing.orElse(""));
        String lines = System.getProperty("mitosis.guest.lines", QUICK_LINES);
        String count =
                lines.equals("all") ? Integer.toString(CommandLines.ofNodes().size()) : lines;
        EmulatedMachine machine = new EmulatedMachine(folder);
        EmulatedMachine.Outcome outcome = machine.test(
                List.of("-Dmitosis.guest.lines=" + count),
                List.of(NodesOfTheGuest.class.getName(), MemoryOfTheGuest.class.getName()));
        System.out.println(outcome.console());
        assertEquals(0, outcome.status(), outcome::console);
        int most = Integer.parseInt(count) + OTHER_TESTS;
        assertTrue(outcome.console().contains(" " + most + " tests successful"), outcome::console);
    }
}
