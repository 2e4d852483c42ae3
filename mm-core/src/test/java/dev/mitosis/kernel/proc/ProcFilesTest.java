package dev.mitosis.kernel.proc;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.hal.ArrayMemory;
import dev.mitosis.hal.Topology;
import dev.mitosis.hal.TrapHandler;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.pagecache.PageCache;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.replication.Replicator;
import dev.mitosis.replication.mechanism.ReplicatedPageTableOps;
import dev.mitosis.testing.TestBoard;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The files read as the real ones do. */
class ProcFilesTest {
    private static final int RW = Abi.PROT_READ | Abi.PROT_WRITE;
    private static final int FIXED = Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_FIXED;
    private static final long P = 4096;
    private static final long VA = 0x5555_0000_0000L;

    /** A board whose processors do nothing. */
    private static final class Still extends TestBoard {
        Still() {
            super(Topology.uniform(2, 1, 1 << 12), new ArrayMemory(2, false));
        }

        @Override
        public void install(TrapHandler kernel) {
            assertTrue(kernel instanceof Kernel);
        }

        @Override
        public void loadRoot(int cpu, long root, int levels, int pcid, boolean flush) {
            assertTrue(cpu < 2);
        }

        @Override
        public void invalidateRange(int cpu, int pcid, long startVa, long endVa) {
            assertTrue(startVa < endVa);
        }

        @Override
        public void invalidateAll(int cpu, int pcid) {
            assertTrue(cpu < 2);
        }
    }

    private final Still board = new Still();
    private final FrameAllocator frames = new FrameAllocator(board.topology(), board.memory());
    private final ReplicatedPageTableOps ops =
            new ReplicatedPageTableOps(board.topology(), board.memory(), frames, board.meter());
    private final Kernel kernel =
            new Kernel(board, frames, ops, PageTableEvents.NONE, KernelSettings.DEFAULT.withSwapPages(64));
    private final Task task = kernel.spawn(0);
    private final ProcessFiles files = new ProcessFiles(kernel, task.mm());

    @Test
    void areasAreLinesAndLikeNeighboursAreOne() {
        task.mm().setStartBrk(0x1000_0000L);
        kernel.brk(task, 0x1000_2000L);
        kernel.mmap(task, VA, 2 * P, RW, FIXED);
        kernel.mmap(task, VA + 2 * P, 2 * P, RW, FIXED);
        kernel.mmap(task, VA + 8 * P, P, Abi.PROT_READ, Abi.MAP_SHARED | Abi.MAP_FIXED, new PageCache("/lib/x.so"), P);
        assertEquals(
                List.of(
                        "10000000-10002000 rw-p 00000000 00:00 0" + " ".repeat(34) + "[heap]",
                        "555500000000-555500004000 rw-p 00000000 00:00 0 ",
                        "555500008000-555500009000 r--s 00001000 00:00 0" + " ".repeat(26) + "/lib/x.so"),
                files.maps().lines().toList());
    }

    @Test
    void numaMapsCountsPagesByNode() {
        kernel.mmap(task, VA, 4 * P, RW, FIXED);
        kernel.mbind(task, VA, 4 * P, Mempolicy.interleave(3));
        kernel.populate(task, VA, 4 * P, true);
        assertEquals("555500000000 interleave:0-1 anon=4 dirty=4 N0=2 N1=2 kernelpagesize_kB=4\n", files.numaMaps());
        assertEquals("0,2-4,63", ProcessFiles.nodeList(0x8000_0000_0000_001DL));
    }

    @Test
    void totalsAddUp() {
        kernel.mmap(task, VA, 8 * P, RW, FIXED);
        kernel.populate(task, VA, 6 * P, true);
        kernel.mlock(task, VA, P);
        kernel.madvise(task, VA + 4 * P, 2 * P, Abi.MADV_PAGEOUT);
        String rollup = files.smapsRollup();
        assertTrue(rollup.contains("Rss:                  16 kB"), rollup);
        assertTrue(rollup.contains("Swap:                  8 kB"), rollup);
        assertTrue(rollup.contains("Locked:                4 kB"), rollup);
        String status = files.status();
        assertTrue(status.contains("VmSize:               32 kB"), status);
        assertTrue(status.contains("VmPTE:                16 kB"), status);
        String meminfo = new SystemFiles(kernel).meminfo();
        assertTrue(meminfo.contains("SwapFree:            248 kB"), meminfo);
        assertTrue(meminfo.contains("Committed_AS:         32 kB"), meminfo);
    }

    @Test
    void copiesAreCountedAsPageTables() {
        kernel.mmap(task, VA, P, RW, FIXED);
        kernel.populate(task, VA, P, true);
        new Replicator(kernel, ops).replicate(task.mm(), 3);
        SystemFiles system = new SystemFiles(kernel);
        assertTrue(system.meminfo().contains("PageTables:           32 kB"), system.meminfo());
        assertTrue(system.nodeMeminfo(1).contains("Node 1 PageTables:          16 kB"), system.nodeMeminfo(1));
        assertTrue(system.vmstat().startsWith("nr_page_table_pages 8\npgfault "), system.vmstat());
    }
}
