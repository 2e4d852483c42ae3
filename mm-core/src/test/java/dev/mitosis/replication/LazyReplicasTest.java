package dev.mitosis.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.hal.Frames;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.replication.mechanism.ReplicatedPageTableOps;
import dev.mitosis.replication.ring.ReplicaRings;
import dev.mitosis.x86.PageTableOps;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;
import dev.mitosis.x86.TableLock;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A process of two threads, on nodes 0 and 1 of four: what replicas have, and what they lack. */
class LazyReplicasTest {
    private static final long VA = 1L << 34;
    private static final long P = 4096;
    private static final int RW = Abi.PROT_READ | Abi.PROT_WRITE;
    private static final int ANON = Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_FIXED;

    private static final TableLock NO_LOCK = new TableLock() {
        @Override
        public void lock(long table) {}

        @Override
        public void unlock(long table) {}
    };

    private final ReplicatedBoard board = new ReplicatedBoard(4, 1 << 14, KernelSettings.DEFAULT.withThp(false));
    private final Kernel kernel = board.kernel();
    private final ReplicatedPageTableOps ops = board.ops();
    private final ReplicaRings rings = ops.rings();
    private Task owner = kernel.spawn(0);
    private Task other = owner;

    @BeforeEach
    void startTwoThreads() {
        board.replicator().replicateNewLazily(0b0011);
        owner = kernel.spawn(board.cpuOf(0));
        other = kernel.clone(owner, board.cpuOf(1));
        kernel.mmap(owner, VA, 1024 * P, RW, ANON);
    }

    /** The word of an address in the last table that a node's processors reach. */
    private long word(int node, long va) {
        long table = ops.rootFor(owner.mm().pageTable(), node);
        for (int level = 4; ; level--) {
            long entry = board.board().memory().read(table, PagingLevel.index(va, level));
            if (!Pte.isTable(entry, level)) {
                return entry;
            }
            table = Pte.pfn(entry);
        }
    }

    /** The nodes that have a replica of the leaf table of an address. */
    private long nodesOfLeafTable(long va) {
        long table = owner.mm().pageTable().root();
        for (int level = 4; level > 1; level--) {
            table = Pte.pfn(ops.peek(table, PagingLevel.index(va, level)));
        }
        return rings.nodeMask(table);
    }

    private void isSound() {
        assertEquals(owner.mm() + ": ok\n", board.verify(owner));
    }

    @Test
    void aNodeHasNothingThatItHasNotMissed() {
        assertTrue(board.canAccess(owner, VA, true));
        assertTrue(Pte.isPresent(word(0, VA)));
        assertEquals(Pte.NONE, word(1, VA));
        assertEquals(0b0001, nodesOfLeafTable(VA));
        assertEquals(0b0011, rings.nodeMask(owner.mm().pageTable().root()), "each node has a root to load");
        isSound();
    }

    @Test
    void aMissFillsTheWayAndNoMore() {
        assertTrue(board.canAccess(owner, VA, true));
        assertTrue(board.canAccess(owner, VA + P, true));
        long frame = board.access(owner, VA, false);
        assertEquals(frame, board.access(other, VA, false), "the same page, by the other node's own tables");
        assertEquals(0b0011, nodesOfLeafTable(VA));
        assertTrue(Pte.isPresent(word(1, VA)));
        assertEquals(Pte.NONE, word(1, VA + P), "its neighbour was not missed");
        isSound();
    }

    @Test
    void aPageThatTheOtherNodeMakesIsInBothTrees() {
        assertTrue(board.canAccess(other, VA, true));
        assertTrue(Pte.isPresent(word(0, VA)), "the owner has everything");
        assertTrue(Pte.isPresent(word(1, VA)));
        assertEquals(0, Frames.nodeOf(owner.mm().pageTable().root()));
        isSound();
    }

    @Test
    void aStoreReachesWhoHasTheEntryAndTheStorersOwnNode() {
        assertTrue(board.canAccess(other, VA, true));
        // The leaf table is on both nodes now; the owner makes a page there that the other node has not asked for.
        assertTrue(board.canAccess(owner, VA + P, true));
        assertEquals(Pte.NONE, word(1, VA + P));
        // The other makes one: its own replica gets it with the same store.
        assertTrue(board.canAccess(other, VA + 2 * P, true));
        assertTrue(Pte.isPresent(word(1, VA + 2 * P)));
        isSound();
    }

    @Test
    void protectionIsTakenFromAllHolders() {
        assertTrue(board.canAccess(owner, VA, true));
        assertTrue(board.canAccess(other, VA, true));
        kernel.mprotect(owner, VA, P, Abi.PROT_READ);
        assertEquals(0, word(0, VA) & Pte.WRITE);
        assertEquals(0, word(1, VA) & Pte.WRITE);
        assertFalse(board.canAccess(other, VA, true));
        isSound();
    }

    @Test
    void unmappingClearsAllHoldersAndFreesTheirTables() {
        long free = board.frames().freeFrames(1);
        assertTrue(board.canAccess(owner, VA, true));
        assertTrue(board.canAccess(other, VA, true));
        assertTrue(board.frames().freeFrames(1) < free, "the other node has tables of its own");
        kernel.munmap(owner, VA, 1024 * P);
        assertEquals(Pte.NONE, word(1, VA));
        assertFalse(board.canAccess(other, VA, false));
        isSound();
        kernel.exit(other);
        kernel.exit(owner);
    }

    @Test
    void accessedAndDirtyAreGatheredFromThePartialReplica() {
        assertTrue(board.canAccess(owner, VA, false));
        kernel.mprotect(owner, VA, P, RW);
        assertTrue(board.canAccess(other, VA, true));
        assertNotEquals(0, word(1, VA) & Pte.DIRTY);
        assertNotEquals(0, kernel.entryAt(owner.mm(), VA) & Pte.DIRTY, "as the kernel sees it");
    }

    @Test
    void aNodeWithoutFramesWalksTheHomes() {
        assertTrue(board.canAccess(owner, VA, true));
        while (board.frames().takeTable(1) != Frames.NO_FRAME) {
            // Until the node has none left.
        }
        assertTrue(board.canAccess(other, VA, true));
        assertEquals(0b0001, nodesOfLeafTable(VA));
        assertTrue(ops.counters().replicasLacking(1) > 0);
        assertEquals(
                PageTableOps.ANY_NODE,
                ops.holders(owner.mm().pageTable(), VA, VA + P),
                "its processors may have walked what only node 0 has");
        isSound();
    }

    // ---- holders ----

    @Test
    void theOwnerAloneHoldsWhatNobodyElseMissed() {
        assertTrue(board.canAccess(owner, VA, true));
        assertTrue(board.canAccess(owner, VA + 512 * P, true));
        assertTrue(board.canAccess(other, VA + 512 * P, false));
        assertEquals(0b0001, ops.holders(owner.mm().pageTable(), VA, VA + P));
        assertEquals(0b0011, ops.holders(owner.mm().pageTable(), VA + 512 * P, VA + 513 * P));
        assertEquals(0b0011, ops.holders(owner.mm().pageTable(), VA, VA + 1024 * P));
    }

    @Test
    void holdersAreKnownAfterTheEntryIsGone() {
        assertTrue(board.canAccess(owner, VA, true));
        assertTrue(board.canAccess(other, VA, true));
        assertTrue(board.canAccess(other, VA + P, true));
        kernel.madvise(owner, VA, P, Abi.MADV_DONTNEED);
        assertEquals(0b0011, ops.holders(owner.mm().pageTable(), VA, VA + P));
    }

    @Test
    void treesOfOtherKindsAreHeldAnywhere() {
        board.replicator().replicateNew(0b0011);
        Task eager = kernel.spawn(0);
        assertEquals(PageTableOps.ANY_NODE, ops.holders(eager.mm().pageTable(), VA, VA + P));
        assertFalse(ops.fill(0, eager.mm().pageTable(), VA, NO_LOCK));
    }

    @Test
    void aLazyTreeKeepsItsShape() {
        assertThrows(KernelException.class, () -> board.replicator().replicate(owner.mm(), 0b1111));
        assertThrows(KernelException.class, () -> board.replicator().collapse(owner.mm()));
    }
}
