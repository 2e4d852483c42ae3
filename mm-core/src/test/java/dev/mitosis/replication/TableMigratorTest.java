package dev.mitosis.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.hal.Frames;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.TlbSettings;
import dev.mitosis.mm.vma.Mempolicy;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Tables follow their children, from the leaves up, and no further than they must. */
class TableMigratorTest {
    private static final int RW = Abi.PROT_READ | Abi.PROT_WRITE;
    private static final int ANON = Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_FIXED | Abi.MAP_POPULATE;
    private static final long P = Frames.PAGE_BYTES;
    private static final long VA = 1L << 40;

    private ReplicatedBoard board = new ReplicatedBoard(4, 1 << 14, KernelSettings.DEFAULT);
    private Kernel kernel = board.kernel();
    private Task task = kernel.spawn(0);

    private String tablesOn(int node) {
        StringBuilder text = new StringBuilder();
        for (int level = 4; level >= 1; level--) {
            text.append(kernel.census(task.mm(), 0).tables(level, node));
        }
        return text.toString();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void allTablesFollowWhenAllDataMoves(boolean pti) {
        board = new ReplicatedBoard(4, 1 << 14, KernelSettings.DEFAULT.withTlb(TlbSettings.LINUX.withPti(pti)));
        kernel = board.kernel();
        task = kernel.spawn(0);
        kernel.mmap(task, VA, 2048 * P, RW, ANON);
        assertTrue(board.canAccess(task, VA, true));
        assertEquals("1114", tablesOn(0));
        kernel.migrateData(task.mm(), 2);
        assertEquals("1114", tablesOn(0));
        assertEquals(7, board.migrator().migrateMisplaced(task.mm()));
        assertEquals("0000", tablesOn(0));
        assertEquals("1114", tablesOn(2));
        assertEquals(0, board.migrator().migrateMisplaced(task.mm()));
        assertEquals(task.mm() + ": ok\n", board.verify(task));
        assertTrue(board.canAccess(task, VA + 5 * P, true));
        assertEquals(4, board.replicator().counters().tablesMigrated(1));
        assertEquals(1, board.replicator().counters().tablesMigrated(4));
    }

    @Test
    void aTableStaysWithoutAClearMajority() {
        // 288 of 512 pages on node 1: a majority, and an eighth more than the 224 on node 0 is not reached... by one
        // page.
        kernel.mmap(task, VA, 512 * P, RW, ANON);
        move(0, 287, 1);
        assertEquals(0, board.migrator().migrateMisplaced(task.mm()), "287 against 225");
        move(287, 1, 1);
        assertEquals(4, board.migrator().migrateMisplaced(task.mm()), "288 against 224");
        // And back it does not go at once.
        move(0, 33, 0);
        assertEquals(0, board.migrator().migrateMisplaced(task.mm()), "255 against 257");
    }

    private void move(int first, int count, int node) {
        long[] pages = new long[count];
        int[] nodes = new int[count];
        for (int i = 0; i < count; i++) {
            pages[i] = VA + (first + i) * P;
            nodes[i] = node;
        }
        kernel.movePages(task, task.mm(), pages, nodes, 2);
    }

    @Test
    void onlyTheTablesAboveMovedDataFollow() {
        kernel.mmap(task, VA, 2048 * P, RW, ANON);
        move(0, 512, 3);
        assertEquals(1, board.migrator().migrateMisplaced(task.mm()));
        assertEquals("1113", tablesOn(0));
        assertEquals("0001", tablesOn(3));
    }

    @Test
    void tablesForcedElsewhereComeToTheirData() {
        task.mm().setTableNode(1);
        kernel.mmap(task, VA, 1024 * P, RW, ANON);
        assertEquals("0112", tablesOn(1));
        assertEquals(4, board.migrator().migrateMisplaced(task.mm()));
        assertEquals("1112", tablesOn(0));
    }

    @Test
    void aTreeWithCopiesIsLeftAloneAndIsCountedAgainWithoutThem() {
        kernel.mmap(task, VA, 600 * P, RW, ANON);
        board.replicator().replicate(task.mm(), 0b1111);
        kernel.migrateData(task.mm(), 3);
        assertEquals(0, board.migrator().migrateMisplaced(task.mm()));
        board.replicator().collapse(task.mm());
        assertEquals(task.mm() + ": ok\n", board.verify(task));
        assertEquals(5, board.migrator().migrateMisplaced(task.mm()));
        assertEquals("1112", tablesOn(3));
    }

    @Test
    void aFullNodeLeavesTheTableWhereItIsUntilThereIsRoom() {
        kernel.mmap(task, VA, 512 * P, RW, ANON);
        kernel.migrateData(task.mm(), 1);
        Task hog = kernel.spawn(board.cpuOf(2));
        kernel.setMempolicy(hog, Mempolicy.bind(2));
        hog.mm().setTableNode(2);
        kernel.mmap(hog, VA, (1 << 14) * P, RW, ANON & ~Abi.MAP_POPULATE);
        kernel.populate(hog, VA, board.frames().freeFrames(1) * P, true);
        assertEquals(0, board.migrator().migrateMisplaced(task.mm()));
        kernel.exit(hog);
        assertEquals(4, board.migrator().migrateMisplaced(task.mm()));
    }
}
