package dev.mitosis.kernel.proc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.replication.ReplicatedBoard;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The dump reads as the tool's does. */
class PageTableDumpTest {
    private static final int RW = Abi.PROT_READ | Abi.PROT_WRITE;
    private static final int FIXED = Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_FIXED | Abi.MAP_POPULATE;
    private static final long VA = 1L << 30;

    private final ReplicatedBoard board = new ReplicatedBoard(2, 1 << 12, KernelSettings.DEFAULT.withThp(true));
    private final Task task = board.kernel().spawn(0);

    private List<String> dump(int node) throws IOException {
        StringBuilder text = new StringBuilder();
        PageTableDump.write(board.kernel(), task.mm(), 7, node, text);
        return text.toString().lines().toList();
    }

    private static List<String> entries(String line) {
        return List.of(line.substring(line.indexOf('>') + 1, line.lastIndexOf('<'))
                .strip()
                .split(" "));
    }

    @Test
    void everyKindOfEntryHasItsSign() throws IOException {
        board.kernel().mmap(task, VA, 2L << 20, RW, FIXED);
        board.kernel().mmap(task, VA + (2L << 20), 4096, RW, FIXED);
        board.kernel().mmap(task, VA + (2L << 20) + 4096, 4096, RW | Abi.PROT_EXEC, FIXED);
        board.kernel().mmap(task, VA + (2L << 20) + 8192, 4096, RW, FIXED);
        board.kernel().mprotect(task, VA + (2L << 20) + 8192, 4096, Abi.PROT_NONE);
        List<String> lines = dump(0);
        assertEquals(
                List.of("<numamap>", "0 0 4398046511104", "1 4398046511104 8796093022208", "</numamap>"),
                lines.subList(0, 4));
        assertEquals("<ptdump process=\"7\" count=\"4\">", lines.get(4));
        assertEquals("<numamigrations>0</numamigrations>", lines.get(5));
        assertEquals("</ptdump>", lines.get(10));
        List<String> second = entries(lines.get(8));
        assertTrue(lines.get(8).startsWith("<level2 b=\""));
        assertEquals(512, second.size());
        assertTrue(second.get(0).matches("[0-9a-f]+"), "a huge page: " + second.get(0));
        assertTrue(second.get(1).matches("p[0-9a-f]+"), "a table: " + second.get(1));
        List<String> leaves = entries(lines.get(9));
        assertTrue(leaves.get(0).matches("[0-9a-f]+"), leaves.get(0));
        assertTrue(leaves.get(1).matches("x[0-9a-f]+"), leaves.get(1));
        assertTrue(leaves.get(2).matches("n[0-9a-f]+"), leaves.get(2));
        assertEquals("0", leaves.get(3));
    }

    @Test
    void eachNodeDumpsItsOwnCopy() throws IOException {
        board.kernel().mmap(task, VA, 4096, RW, FIXED);
        board.replicator().replicate(task.mm(), 3);
        assertTrue(dump(0).get(6).startsWith("<level4 b=\"0"), dump(0).get(6).substring(0, 30));
        assertTrue(
                dump(1).get(6).startsWith("<level4 b=\"400000"), dump(1).get(6).substring(0, 30));
    }
}
