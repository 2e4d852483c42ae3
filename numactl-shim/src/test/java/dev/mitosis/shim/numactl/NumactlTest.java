package dev.mitosis.shim.numactl;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import dev.mitosis.halnative.files.FolderFiles;
import dev.mitosis.halnative.libc.LibcCalls;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class NumactlTest {
    private final ByteArrayOutputStream out = new ByteArrayOutputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private String launched = "";

    private int run(String... arguments) {
        out.reset();
        err.reset();
        return Numactl.run(
                arguments,
                new Console(
                        new PrintStream(out, true, StandardCharsets.UTF_8),
                        new PrintStream(err, true, StandardCharsets.UTF_8)),
                (question, args, program) -> {
                    List<String> words = new ArrayList<>(question.words());
                    words.add("--");
                    words.addAll(List.of(args).subList(program, args.length));
                    launched = String.join(" ", words);
                    return 42;
                },
                new LibcCalls(),
                FolderFiles.host());
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
    void nodesThatOnlyTheSimulatedMachineHasAreHintedAtToo() {
        assumeFalse(Files.exists(Path.of("/proc/mitosis_status")), "this kernel replicates page tables");
        assertEquals(1, run("-r", "0-63", "true"));
        assertTrue(errors().startsWith("libnuma: Warning: node argument 63 out of range\n"), errors());
        assertTrue(errors().endsWith("numactl --whatif -r 0-63 program ... says what it would do\n"), errors());
        assertEquals("<0-63> is invalid\n", out.toString(StandardCharsets.UTF_8));
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "--whatif -r 0-2 prog -r x|--policies mitosis --replica-nodes 0,1,2 -- prog -r x",
                "--whati prog -N 1|-- prog -N 1",
                "--machine=2s-cascade-lake -m 1 prog|--machine 2s-cascade-lake --membind 1 -- prog",
                "--whatif -N 1,3 -l prog|--physcpubind 14-27,42-55 --localalloc -- prog",
                "--whatif -C 3,5-7 -i 0-1 prog|--physcpubind 3,5-7 --interleave 0-1 -- prog",
                "--whatif -C 3 -N 0 prog|--physcpubind 0-13 -- prog",
                "--whatif -p 2 prog|--preferred 2 -- prog",
                "--whatif -P !0 prog|--preferred-many 1-3 -- prog",
                "--whatif -w all prog|--weighted-interleave 0-3 -- prog",
                "--whatif -i \"\" prog|-- prog",
                "--whatif --policies=migrate,interleave -r 0 prog|--policies migrate,interleave --replica-nodes 0 -- prog"
            })
    void whatifAsksAboutTheSimulatedMachine(String typed, String asked) {
        String[] words = typed.split(" ", -1);
        for (int i = 0; i < words.length; i++) {
            words[i] = words[i].equals("\"\"") ? "" : words[i];
        }
        assertEquals(42, run(words));
        assertEquals(asked, launched);
    }

    @Test
    void aSimulatedMachineRefusesWhatAKernelRefuses() {
        assertEquals(1, run("--whatif", "-m", "", "prog"));
        assertTrue(errors().startsWith("set_mempolicy: Invalid argument\n"), errors());
        assertEquals(1, run("--whatif", "-C", "999", "prog"));
        assertTrue(errors().startsWith("libnuma: Warning: cpu argument 999 is out of range"), errors());
        assertEquals(1, run("--whatif", "-m", "0", "-i", "1", "prog"));
        assertTrue(errors().startsWith("numactl: Conflicting policies"), errors());
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
