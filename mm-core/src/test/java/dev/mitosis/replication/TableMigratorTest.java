package dev.mitosis.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.hal.ArrayMemory;
import dev.mitosis.hal.Board;
import dev.mitosis.hal.Frames;
import dev.mitosis.hal.KernelMeter;
import dev.mitosis.hal.PhysicalMemory;
import dev.mitosis.hal.Processors;
import dev.mitosis.hal.Topology;
import dev.mitosis.hal.TrapHandler;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.TlbSettings;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.replication.mechanism.ReplicatedPageTableOps;
import dev.mitosis.replication.reshape.TableMigrator;
import dev.mitosis.testing.TestBoard;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
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

    /** A processor walks the old table until it has loaded its root again: what it sets there, the new one has afterwards. */
    @Test
    void accessedAndDirtyBitsSetDuringTheMoveAreNotLost() {
        int[] set = new int[1];
        ArrayMemory memory = new ArrayMemory(2, false);
        Topology topology = Topology.uniform(2, 1, 1 << 14);
        KernelMeter walksWhileMoving = new KernelMeter() {
            @Override
            public void tableCopied(int cpu, long from, long to) {
                int index = PagingLevel.index(VA + 5 * P, 1);
                if (Pte.isPresent(memory.read(from, index)) && Pte.isPresent(memory.read(from, index + 1))) {
                    memory.getAndOr(from, index, Pte.ACCESSED_DIRTY);
                    memory.getAndOr(from, index + 1, Pte.ACCESSED);
                    set[0]++;
                }
            }
        };
        TestBoard still = new TestBoard(topology, memory) {
            @Override
            public void install(TrapHandler handler) {}

            @Override
            public void loadRoot(int cpu, long root, int levels, int pcid, boolean flush) {}

            @Override
            public void invalidateRange(int cpu, int pcid, long startVa, long endVa) {}

            @Override
            public void invalidateAll(int cpu, int pcid) {}
        };
        Board watched = new Board() {
            @Override
            public Topology topology() {
                return topology;
            }

            @Override
            public PhysicalMemory memory() {
                return memory;
            }

            @Override
            public Processors processors() {
                return still;
            }

            @Override
            public KernelMeter meter() {
                return walksWhileMoving;
            }

            @Override
            public void install(TrapHandler handler) {}
        };
        FrameAllocator frames = new FrameAllocator(topology, memory);
        ReplicatedPageTableOps ops = new ReplicatedPageTableOps(topology, memory, frames, walksWhileMoving);
        Kernel moving = new Kernel(watched, frames, ops, PageTableEvents.NONE, KernelSettings.DEFAULT.withThp(false));
        TableMigrator migrator = new Replicator(moving, ops).migrateTables();
        Task owner = moving.spawn(0);
        moving.mmap(owner, VA, 512 * P, RW, ANON);
        moving.migrateData(owner.mm(), 1);
        for (int page = 0; page < 512; page++) {
            long leaf = leafTable(owner, memory);
            memory.getAndAnd(leaf, page, ~Pte.ACCESSED_DIRTY);
        }
        assertEquals(4, migrator.migrateMisplaced(owner.mm()));
        assertEquals(1, set[0]);
        long leaf = leafTable(owner, memory);
        assertEquals(1, Frames.nodeOf(leaf));
        int index = PagingLevel.index(VA + 5 * P, 1);
        assertEquals(Pte.ACCESSED_DIRTY, memory.read(leaf, index) & Pte.ACCESSED_DIRTY);
        assertEquals(Pte.ACCESSED, memory.read(leaf, index + 1) & Pte.ACCESSED_DIRTY);
        assertEquals(0, memory.read(leaf, index + 2) & Pte.ACCESSED_DIRTY);
    }

    private static long leafTable(Task of, PhysicalMemory memory) {
        long table = of.mm().pageTable().root();
        for (int level = 4; level > 1; level--) {
            table = Pte.pfn(memory.read(table, PagingLevel.index(VA, level)));
        }
        return table;
    }
}
