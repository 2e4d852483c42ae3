package dev.mitosis.halnative.board;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.Topology;
import dev.mitosis.halnative.libc.LibcCalls;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.replication.Replicator;
import dev.mitosis.replication.mechanism.ReplicatedPageTableOps;
import dev.mitosis.x86.Pte;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The kernel on this host's memory, as if it were two nodes. */
class HostBoardTest {
    private static final int RW = Abi.PROT_READ | Abi.PROT_WRITE;
    private static final int ANONYMOUS = Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS;

    private final HostBoard board =
            new HostBoard(Topology.uniform(2, 1, 1 << 16), new NodeMemory(new LibcCalls(), new int[] {0, 0}, 4));
    private final FrameAllocator frames = new FrameAllocator(board.topology(), board.memory());
    private final ReplicatedPageTableOps ops =
            new ReplicatedPageTableOps(board.topology(), board.memory(), frames, board.meter());
    private final Kernel kernel = new Kernel(board, frames, ops, PageTableEvents.NONE, KernelSettings.DEFAULT);

    @AfterEach
    void giveBack() {
        board.close();
    }

    @Test
    void itBootsAndTranslates() {
        Task task = kernel.spawn(0);
        long va = kernel.mmap(task, 0, 64 << 12, RW, ANONYMOUS);
        long frame = board.access(0, va, true);
        assertEquals(0, Frames.nodeOf(frame));
        assertEquals(frame, board.access(0, va + 8, false));
        assertNotEquals(frame, board.access(0, va + 4096, true));
        long leaf = board.walk(0, va, false);
        assertEquals(Pte.ACCESSED | Pte.DIRTY, leaf & (Pte.ACCESSED | Pte.DIRTY));
        assertEquals(HostBoard.SIGNAL, board.access(0, va + (64 << 12), true));
        kernel.munmap(task, va, 64 << 12);
        assertEquals(Pte.NONE, board.walk(0, va, false));
        assertThrows(IllegalStateException.class, () -> board.install((cpu, at, error) -> true));
    }

    @Test
    void copiesAreReadBySockets() {
        Task task = kernel.spawn(0);
        Replicator replicator = new Replicator(kernel, ops);
        replicator.replicate(task.mm(), 0b11);
        Task other = kernel.clone(task, 1);
        kernel.switchTo(1, other);
        long va = kernel.mmap(task, 0, 16 << 12, RW, ANONYMOUS);
        long frame = board.access(0, va, true);
        assertEquals(frame, board.access(1, va, true));
        long root = ops.rootFor(task.mm().pageTable(), 0);
        long copy = ops.rootFor(task.mm().pageTable(), 1);
        assertEquals(1, Frames.nodeOf(copy));
        assertNotEquals(board.memory().va(root), board.memory().va(copy));
        kernel.mprotect(task, va, 4096, Abi.PROT_READ);
        assertEquals(HostBoard.SIGNAL, board.access(1, va, true));
        assertEquals(frame, board.access(1, va, false));
        assertTrue(kernel.translate(task.mm(), va) != Pte.NONE);
    }
}
