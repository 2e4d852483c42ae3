package dev.mitosis.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.hal.Frames;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.replication.mechanism.ReplicaAllocFailure;
import org.junit.jupiter.api.Test;

/** A node that has no frame for a copy: reserves, and what is done without one. */
class NodePressureTest {
    private static final int RW = Abi.PROT_READ | Abi.PROT_WRITE;
    private static final int ANON = Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS;
    private static final long P = Frames.PAGE_BYTES;
    private static final long VA = 1L << 40;
    private static final int FRAMES = 1 << 10;

    private ReplicatedBoard board = new ReplicatedBoard(2, FRAMES, KernelSettings.DEFAULT);
    private Kernel kernel = board.kernel();

    /** Takes all of node 1's memory but a few frames, by a process of its own. */
    private Task hog(int left) {
        Task hog = kernel.spawn(board.cpuOf(0));
        kernel.setMempolicy(hog, Mempolicy.bind(2));
        long pages = board.frames().freeFrames(1) - left;
        kernel.mmap(hog, VA, pages * P, RW, ANON | Abi.MAP_FIXED);
        hog.mm().setTableNode(0);
        kernel.populate(hog, VA, (board.frames().freeFrames(1) - left) * P, true);
        return hog;
    }

    private Task replicated() {
        Task task = kernel.spawn(board.cpuOf(0));
        board.replicator().replicate(task.mm(), 3);
        return task;
    }

    private void touch(Task task, long va) {
        kernel.mmap(task, va, P, RW, ANON | Abi.MAP_FIXED | Abi.MAP_POPULATE);
    }

    @Test
    void theReserveSuppliesCopiesWhenTheNodeIsFull() {
        Task task = replicated();
        assertEquals(16, board.replicator().reserve(1, 16));
        Task hog = hog(0);
        touch(task, 1L << 39);
        assertEquals(3, board.frames().reserveHits(1));
        assertEquals(13, board.frames().reservedTables(1));
        assertTrue(new ReplicationFiles(board.replicator()).cache().contains("node 1: 13 pages, 3 hits"));
        // What is given back fills the reserve again.
        kernel.munmap(task, 1L << 39, P);
        assertEquals(16, board.frames().reservedTables(1));
        board.replicator().drainReserves();
        assertEquals(0, board.frames().reservedTables(1));
        kernel.exit(hog);
        kernel.exit(task);
    }

    @Test
    void withoutAReserveTheCallIsRefusedAndNothingIsHalfBuilt() {
        Task task = replicated();
        Task hog = hog(1);
        long tables = board.frames().tableFrames(0);
        KernelException refused =
                assertThrows(KernelException.class, () -> kernel.populate(task, mapped(task), P, true));
        assertEquals(Errno.ENOMEM, refused.errno());
        assertEquals(task.mm() + ": ok\n", board.verify(task));
        assertTrue(board.frames().tableFrames(0) <= tables + 1, "one level was complete, and stays");
        kernel.exit(hog);
        kernel.populate(task, 1L << 39, P, true);
        assertEquals(0.0, kernel.census(task.mm(), 1).remoteLeafPercent());
    }

    private long mapped(Task task) {
        return kernel.mmap(task, 1L << 39, P, RW, ANON | Abi.MAP_FIXED);
    }

    @Test
    void reclaimMakesRoomByWritingOutColdPages() {
        board = new ReplicatedBoard(2, FRAMES, KernelSettings.DEFAULT.withSwapPages(FRAMES));
        kernel = board.kernel();
        Task task = replicated();
        hog(0);
        kernel.populate(task, mapped(task), P, true);
        assertEquals(0.0, kernel.census(task.mm(), 1).remoteLeafPercent());
        assertTrue(kernel.context().swap().usedSlots() > 0);
    }

    @Test
    void failDoesNotWriteOutAnything() {
        board = new ReplicatedBoard(2, FRAMES, KernelSettings.DEFAULT.withSwapPages(FRAMES));
        kernel = board.kernel();
        board.replicator().setFullNode(ReplicaAllocFailure.FAIL);
        Task task = replicated();
        hog(0);
        long va = mapped(task);
        assertThrows(KernelException.class, () -> kernel.populate(task, va, P, true));
        assertEquals(0, kernel.context().swap().usedSlots());
    }

    @Test
    void degradeDoesWithoutTheCopyAndRepairsItLater() {
        board.replicator().setFullNode(ReplicaAllocFailure.DEGRADE);
        Task task = replicated();
        Task hog = hog(0);
        long va = mapped(task);
        kernel.populate(task, va, P, true);
        assertEquals(3, board.replicator().counters().replicasLacking(1));
        assertEquals(100.0, kernel.census(task.mm(), 1).remoteLeafPercent());
        Task far = kernel.clone(task, board.cpuOf(1));
        assertTrue(board.canAccess(far, va, true));
        assertEquals(task.mm() + ": ok\n", board.verify(task));
        kernel.exit(hog);
        board.replicator().replicate(task.mm(), 3);
        assertEquals(0.0, kernel.census(task.mm(), 1).remoteLeafPercent());
        assertTrue(board.canAccess(far, va, true));
    }

    @Test
    void enablingOnANodeWithoutMemoryChangesNothing() {
        Task task = kernel.spawn(board.cpuOf(0));
        kernel.populate(task, mapped(task), P, true);
        hog(2);
        KernelException refused =
                assertThrows(KernelException.class, () -> board.replicator().replicate(task.mm(), 3));
        assertEquals(Errno.ENOMEM, refused.errno());
        assertEquals(0, board.replicator().nodeMask(task.mm()));
        assertEquals(task.mm() + ": ok\n", board.verify(task));
    }
}
