package dev.mitosis.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.hal.Frames;
import dev.mitosis.hal.TrapHandler;
import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.fault.FaultOutcome;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.frame.HugetlbPool;
import dev.mitosis.mm.pagecache.PageCache;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.x86.Pte;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What the tests of the kernel ports do to a replicated process, told as stories: nothing of it may be felt. */
class ReplicationScenariosTest {
    private static final int NODES = 4;
    private static final long ALL = 0b1111;
    private static final int RW = Abi.PROT_READ | Abi.PROT_WRITE;
    private static final int ANON = Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS;
    private static final long P = Frames.PAGE_BYTES;
    private static final long HUGE = 2L << 20;

    private final ReplicatedBoard board = new ReplicatedBoard(NODES, 1 << 14, KernelSettings.DEFAULT);
    private final Kernel kernel = board.kernel();
    private final Replicator replicator = board.replicator();
    private final List<Task> alive = new ArrayList<>();
    private final Task task = spawn(0);

    private Task spawn(int node) {
        Task fresh = kernel.spawn(board.cpuOf(node));
        alive.add(fresh);
        return fresh;
    }

    private Task thread(int node) {
        Task fresh = kernel.clone(task, board.cpuOf(node));
        alive.add(fresh);
        return fresh;
    }

    private Task fork(Task parent, int node) {
        Task child = kernel.fork(parent, board.cpuOf(node));
        alive.add(child);
        return child;
    }

    @AfterEach
    void everythingIsRightAndIsFreedInTheEnd() {
        for (Task one : alive) {
            assertEquals(one.mm() + ": ok\n", board.verify(one));
        }
        alive.forEach(kernel::exit);
        replicator.drainReserves();
        for (int node = 0; node < NODES; node++) {
            assertEquals(1 << 14, board.frames().freeFrames(node), "free frames of node " + node);
        }
    }

    private long map(long pages) {
        return kernel.mmap(task, 0, pages * P, RW, ANON | Abi.MAP_POPULATE);
    }

    private long tables() {
        long sum = 0;
        for (int node = 0; node < NODES; node++) {
            sum += board.frames().tableFrames(node);
        }
        return sum;
    }

    @Test
    void enablingGivesEveryNodeItsOwnTablesAndDisablingGivesThemBack() {
        long va = map(1000);
        long before = tables();
        long entry = kernel.translate(task.mm(), va);
        assertEquals(0, replicator.nodeMask(task.mm()));
        assertEquals(100.0, kernel.census(task.mm(), 3).remoteLeafPercent());
        replicator.replicate(task.mm(), ALL);
        assertEquals(ALL, replicator.nodeMask(task.mm()));
        assertEquals(4 * before, tables());
        for (int node = 0; node < NODES; node++) {
            assertEquals(0.0, kernel.census(task.mm(), node).remoteLeafPercent(), "node " + node);
        }
        assertEquals(entry, kernel.translate(task.mm(), va));
        replicator.collapse(task.mm());
        assertEquals(before, tables());
        assertEquals(entry, kernel.translate(task.mm(), va));
    }

    @Test
    void enablingTwiceAndOtherMasksAndNodesThatAreNotThere() {
        map(10);
        replicator.replicate(task.mm(), ALL);
        long all = tables();
        replicator.replicate(task.mm(), ALL);
        assertEquals(all, tables());
        replicator.replicate(task.mm(), 0b0110);
        assertEquals(all / 2, tables());
        for (long mask : new long[] {0, 0b1_0000}) {
            KernelException refused = assertThrows(KernelException.class, () -> replicator.replicate(task.mm(), mask));
            assertEquals(Errno.EINVAL, refused.errno());
        }
        for (int cycle = 0; cycle < 20; cycle++) {
            replicator.replicate(task.mm(), 1 + cycle % 15);
            replicator.collapse(task.mm());
        }
    }

    @Test
    void threadsFromBeforeAndAfterUseTheCopyOfTheirNode() {
        Task before = thread(1);
        long va = map(100);
        replicator.replicate(task.mm(), ALL);
        Task after = thread(2);
        for (Task one : List.of(task, before, after)) {
            int node = board.board().topology().nodeOfCpu(one.cpu());
            assertEquals(node, Frames.nodeOf(board.board().cpu(one.cpu()).root), one + "'s root");
            assertTrue(board.canAccess(one, va + 50 * P, true));
        }
        kernel.migrate(after, board.cpuOf(3));
        assertEquals(3, Frames.nodeOf(board.board().cpu(after.cpu()).root), "the root after a migration");
        replicator.collapse(task.mm());
        assertEquals(0, Frames.nodeOf(board.board().cpu(after.cpu()).root), "the root after disabling");
    }

    @Test
    void aProcessorIsSteeredToTheCopyOfAnotherNode() {
        map(10);
        Task other = thread(3);
        replicator.replicate(task.mm(), ALL);
        replicator.steer(task.mm(), List.of(0, 1, 2, 1));
        assertEquals(1, Frames.nodeOf(board.board().cpu(other.cpu()).root));
        assertThrows(IllegalArgumentException.class, () -> replicator.steer(task.mm(), List.of(7)));
    }

    @Test
    void aChildInheritsByTheKnob() {
        long va = map(600);
        replicator.replicate(task.mm(), 0b0011);
        Task with = fork(task, 1);
        assertEquals(0b0011, replicator.nodeMask(with.mm()));
        replicator.setInherits(false);
        Task without = fork(task, 2);
        assertEquals(0, replicator.nodeMask(without.mm()));
        for (Task one : List.of(task, with, without)) {
            assertTrue(board.canAccess(one, va + 300 * P, true));
        }
        long parents = Pte.pfn(kernel.translate(task.mm(), va + 300 * P));
        assertNotEquals(parents, Pte.pfn(kernel.translate(with.mm(), va + 300 * P)), "copy on write");
    }

    @Test
    void whatATaskBecomesByExecInheritsByTheKnob() {
        map(10);
        replicator.replicate(task.mm(), ALL);
        kernel.exec(task);
        assertEquals(ALL, replicator.nodeMask(task.mm()));
        assertTrue(board.canAccess(task, map(10), true));
        replicator.setInherits(false);
        kernel.exec(task);
        assertEquals(0, replicator.nodeMask(task.mm()));
    }

    @Test
    void aChildOfVforkBorrowsTheAddressSpaceUntilItExecs() {
        long va = map(10);
        replicator.replicate(task.mm(), ALL);
        Task child = thread(1);
        assertTrue(board.canAccess(child, va, true));
        kernel.exec(child);
        assertFalse(board.canAccess(child, va, false));
        assertTrue(board.canAccess(task, va, true));
    }

    @Test
    void unmappingPartsLeavesTheRest() {
        long va = map(3000);
        replicator.replicate(task.mm(), ALL);
        Task far = thread(3);
        for (int page = 0; page < 3000; page += 100) {
            kernel.munmap(task, va + page * P, 50 * P);
        }
        for (int page = 0; page < 3000; page += 25) {
            assertEquals(page % 100 >= 50, board.canAccess(far, va + page * P, false), "page " + page);
        }
    }

    @Test
    void memoryThatMovesAboutKeepsItsPages() {
        replicator.replicate(task.mm(), ALL);
        long va = map(64);
        Random random = new Random(1);
        List<Long> frames = new ArrayList<>();
        for (int page = 0; page < 64; page++) {
            frames.add(Pte.pfn(kernel.translate(task.mm(), va + page * P)));
        }
        for (int round = 0; round < 200; round++) {
            long to = (1L << 40) + (random.nextInt(1 << 16) & -64L) * P;
            if (to < va + 64 * P && va < to + 64 * P) {
                continue;
            }
            kernel.mremap(task, va, 64 * P, 64 * P, Abi.MREMAP_MAYMOVE | Abi.MREMAP_FIXED, to);
            va = to;
        }
        Task far = thread(2);
        for (int page = 0; page < 64; page++) {
            assertEquals(frames.get(page), board.access(far, va + page * P, true), "page " + page);
        }
    }

    @Test
    void dontneedEmptiesAndFixedReplacesOnEveryNode() {
        long va = map(100);
        replicator.replicate(task.mm(), ALL);
        Task far = thread(2);
        assertTrue(board.canAccess(far, va, true));
        long old = Pte.pfn(kernel.translate(task.mm(), va));
        kernel.madvise(task, va, 100 * P, Abi.MADV_DONTNEED);
        assertEquals(Pte.NONE, kernel.translate(task.mm(), va));
        assertTrue(board.canAccess(far, va, true));
        kernel.mmap(task, va, 50 * P, Abi.PROT_READ, ANON | Abi.MAP_FIXED);
        assertFalse(board.canAccess(far, va, true));
        assertTrue(board.canAccess(far, va + 60 * P, true));
        assertTrue(old > 0);
    }

    @Test
    void aPrivateFilePageIsCopiedByItsFirstStore() {
        PageCache file = PageCache.file("f", 16);
        replicator.replicate(task.mm(), ALL);
        long va = kernel.mmap(task, 0, 16 * P, RW, Abi.MAP_PRIVATE, file, 0);
        Task far = thread(3);
        long shared = board.access(far, va, false);
        long own = board.access(task, va, true);
        assertNotEquals(shared, own);
        assertEquals(own, board.access(far, va, false), "the other node sees the copy");
        kernel.munmap(task, va, 16 * P);
        kernel.truncate(task, file, 0);
    }

    @Test
    void severalProcessesEachHaveTheirMasks() {
        List<Task> others = new ArrayList<>();
        for (int i = 0; i < 6; i++) {
            Task other = spawn(i % NODES);
            long va = kernel.mmap(other, 0, 600 * P, RW, ANON | Abi.MAP_POPULATE);
            if (i % 3 > 0) {
                replicator.replicate(other.mm(), i % 3 == 1 ? ALL : 0b1010);
            }
            others.add(other);
            assertTrue(board.canAccess(other, va, true));
        }
        assertEquals(0, replicator.nodeMask(others.get(0).mm()));
        assertEquals(ALL, replicator.nodeMask(others.get(1).mm()));
        assertEquals(0b1010, replicator.nodeMask(others.get(2).mm()));
        String active = new ReplicationFiles(replicator)
                .active(others.stream().map(Task::mm).toList());
        assertEquals(4, active.lines().count(), active);
    }

    @Test
    void hugePagesOfBothKindsAreCopiedAndSplit() {
        replicator.replicate(task.mm(), ALL);
        Task far = thread(2);
        long va = kernel.mmap(task, 0, 2 * HUGE, RW, ANON);
        long huge = (va + HUGE - 1) & -HUGE;
        kernel.madvise(task, va, 2 * HUGE, Abi.MADV_HUGEPAGE);
        assertTrue(board.canAccess(task, huge, true));
        assertNotEquals(0, kernel.translate(task.mm(), huge) & Pte.HUGE);
        kernel.mprotect(task, huge + HUGE / 2, P, Abi.PROT_READ);
        assertEquals(0, kernel.translate(task.mm(), huge) & Pte.HUGE);
        assertFalse(board.canAccess(far, huge + HUGE / 2, true));
        assertTrue(board.canAccess(far, huge + HUGE / 2 + P, true));
        HugetlbPool pool = kernel.context().hugetlb(FrameAllocator.ORDER_2M);
        pool.add(0, 2);
        long fixed = kernel.mmap(task, 0, 2 * HUGE, RW, ANON | Abi.MAP_HUGETLB);
        assertTrue(board.canAccess(far, fixed + HUGE, true));
        kernel.munmap(task, fixed, 2 * HUGE);
        pool.drain();
    }

    @Test
    void pagesThatMoveAreFoundByEveryNode() {
        long va = map(50);
        replicator.replicate(task.mm(), ALL);
        Task far = thread(3);
        assertTrue(board.canAccess(far, va, true));
        int[] status = kernel.movePages(task, task.mm(), new long[] {va, va + P}, new int[] {2, 3}, 2);
        assertEquals(List.of(2, 3), List.of(status[0], status[1]));
        assertEquals(2, Frames.nodeOf(board.access(far, va, true)));
        kernel.migratePages(task, task.mm(), 1, 0b1000);
        assertEquals(3, Frames.nodeOf(board.access(far, va + 40 * P, true)));
    }

    @Test
    void lockedMemoryStaysAndLimitsHold() {
        replicator.replicate(task.mm(), ALL);
        long va = map(20);
        kernel.mlock(task, va, 10 * P);
        kernel.daemons().reclaim(task.cpu(), 0, 100);
        assertTrue(Pte.isPresent(kernel.translate(task.mm(), va)));
        task.mm().limits().setAddressSpaceBytes(task.mm().mappedPages() * P);
        assertEquals(
                Errno.ENOMEM, assertThrows(KernelException.class, () -> map(1)).errno());
        kernel.munlock(task, va, 10 * P);
    }

    @Test
    void aSignalInAFaultLeavesTheTablesRight() {
        replicator.replicate(task.mm(), ALL);
        long va = map(10);
        kernel.mprotect(task, va, 5 * P, Abi.PROT_READ);
        Task far = thread(2);
        assertEquals(FaultOutcome.SIGSEGV, board.fault(far, va, TrapHandler.WRITE | TrapHandler.PRESENT));
        assertEquals(FaultOutcome.SIGSEGV, board.fault(far, 1L << 46, 0));
        PageCache file = PageCache.file("short", 1);
        long end = kernel.mmap(task, 0, 2 * P, RW, Abi.MAP_SHARED, file, 0);
        assertEquals(FaultOutcome.SIGBUS, board.fault(far, end + P, 0));
        // What a handler does about it.
        kernel.mprotect(far, va, 5 * P, RW);
        assertTrue(board.canAccess(far, va, true));
        kernel.munmap(task, end, 2 * P);
        kernel.truncate(task, file, 0);
    }

    @Test
    void aProtectedPageFaultsOnEveryNodeOnceMprotectHasReturned() {
        long va = map(100);
        replicator.replicate(task.mm(), ALL);
        List<Task> threads = List.of(task, thread(1), thread(2), thread(3));
        for (Task one : threads) {
            assertTrue(board.canAccess(one, va + 10 * P, true));
        }
        kernel.mprotect(task, va, 100 * P, Abi.PROT_NONE);
        for (Task one : threads) {
            assertFalse(board.canAccess(one, va + 10 * P, false), one.toString());
        }
    }

    @Test
    void memoryPoliciesPlaceDataAndCopiesStayWhereTheyAre() {
        replicator.replicate(task.mm(), ALL);
        kernel.setMempolicy(task, Mempolicy.bind(0b0100));
        long va = map(1000);
        assertEquals(2, Frames.nodeOf(Pte.pfn(kernel.translate(task.mm(), va))));
        kernel.setMempolicy(task, Mempolicy.interleave(ALL));
        long mixed = map(8);
        assertNotEquals(
                Frames.nodeOf(Pte.pfn(kernel.translate(task.mm(), mixed))),
                Frames.nodeOf(Pte.pfn(kernel.translate(task.mm(), mixed + P))));
        for (int node = 0; node < NODES; node++) {
            assertEquals(0.0, kernel.census(task.mm(), node).remoteLeafPercent());
        }
    }

    @Test
    void aStormOfThreadsAndForksKeepsEveryCopyRight() {
        replicator.replicate(task.mm(), ALL);
        long va = map(700);
        Random random = new Random(2);
        for (int round = 0; round < 60; round++) {
            Task parent = alive.get(random.nextInt(alive.size()));
            Task fresh = random.nextBoolean() && alive.size() < 8
                    ? kernel.clone(parent, random.nextInt(2 * NODES))
                    : kernel.fork(parent, random.nextInt(2 * NODES));
            assertTrue(board.canAccess(fresh, va + random.nextInt(700) * P, true));
            kernel.mprotect(fresh, va + random.nextInt(300) * P, 100 * P, random.nextBoolean() ? RW : Abi.PROT_READ);
            kernel.mprotect(fresh, va, 700 * P, RW);
            if (alive.size() < 6) {
                alive.add(fresh);
            } else {
                kernel.exit(fresh);
            }
        }
    }
}
