package dev.mitosis.shim.numactl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.BitSet;
import java.util.List;
import org.junit.jupiter.api.Test;

class NumactlTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private String launched = "";

    private int run(String... arguments) {
        out.reset();
        err.reset();
        return Numactl.run(
                List.of(arguments),
                new PrintStream(out, true, StandardCharsets.UTF_8),
                new PrintStream(err, true, StandardCharsets.UTF_8),
                (machine, nodes, program) -> {
                    launched = machine + " " + nodes + " " + program;
                    return 42;
                });
    }

    private String errors() {
        return err.toString(StandardCharsets.UTF_8);
    }

    @Test
    void replicationOnAKernelWithoutItFailsAsTheOriginalAndHints() {
        assumeFalse(Files.exists(Path.of("/proc/mitosis_status")), "this kernel replicates page tables");
        assertEquals(1, run("-r", "0", "true"));
        String[] lines = errors().split("\n", -1);
        assertEquals("set_pgreplpol: Function not implemented", lines[0]);
        assertTrue(lines[1].contains("--whatif -r 0"), lines[1]);
        assertEquals(3, lines.length);
    }

    @Test
    void whatifHandsTheProgramToTheSimulation() {
        assertEquals(42, run("--whatif", "-r", "0-2", "prog", "-r", "x"));
        BitSet nodes = new BitSet();
        nodes.set(0, 3);
        assertEquals("null " + nodes + " [prog, -r, x]", launched);
        assertEquals(42, run("--whatif", "--machine=2s-cascade-lake", "-m", "1", "prog"));
        assertEquals("2s-cascade-lake {} [prog]", launched);
    }

    @Test
    void theSimulatedBoardHasItsOwnNodes() {
        assertEquals(0, run("--whatif", "-H"));
        String hardware = out.toString(StandardCharsets.UTF_8);
        assertTrue(hardware.startsWith("available: 4 nodes (0-3)\nnode 0 cpus: 0 1 2"), hardware);
        assertTrue(hardware.contains("  3:  21  21  21  10 \n"), hardware);
        assertEquals(1, run("--whatif", "-r", "4", "prog"));
        assertTrue(errors().startsWith("libnuma: Warning: node argument 4 is out of range"), errors());
        assertEquals(1, run("--whatif", "--machine=vax", "prog"));
        assertTrue(errors().startsWith("numactl: unknown machine 'vax'"), errors());
    }

    @Test
    void replicaNodesThatAreNoneAreInvalid() {
        assertEquals(1, run("-r", "", "true"));
        assertEquals("<> is invalid\n", out.toString(StandardCharsets.UTF_8));
    }
}
