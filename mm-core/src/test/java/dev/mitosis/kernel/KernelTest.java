package dev.mitosis.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.hal.Frames;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.x86.Pte;
import java.util.List;
import org.junit.jupiter.api.Test;

class KernelTest {
    private static final int RW = Abi.PROT_READ | Abi.PROT_WRITE;
    private static final int ANON = Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS;
    private static final long PAGE = Frames.PAGE_BYTES;

    private final TinyBoard board = new TinyBoard();
    private final Kernel kernel = board.kernel;
    private final Task task = kernel.spawn(0);

    @Test
    void firstTouchTakesTheFrameOfTheTouchingProcessorsNode() {
        long va = kernel.mmap(task, 0, 4 * PAGE, RW, ANON);
        Task other = kernel.clone(task, 2);
        assertEquals(0, board.nodeOfAccess(0, va));
        assertEquals(1, board.nodeOfAccess(2, va + PAGE));
        assertEquals(1, task.mm().residentFrames(0));
        assertEquals(1, task.mm().residentFrames(1));
        assertSegfault(2, va - PAGE);
        kernel.exit(other);
    }

    @Test
    void policiesChooseTheNode() {
        long va = kernel.mmap(task, 0, 8 * PAGE, RW, ANON);
        kernel.mbind(task, va, 2 * PAGE, Mempolicy.bind(2));
        kernel.mbind(task, va + 2 * PAGE, 2 * PAGE, Mempolicy.preferred(1));
        kernel.mbind(task, va + 4 * PAGE, 4 * PAGE, Mempolicy.interleave(3));
        kernel.populate(task, va, 8 * PAGE, true);
        int[] nodes = new int[8];
        for (int i = 0; i < 8; i++) {
            nodes[i] = Frames.nodeOf(Pte.pfn(kernel.translate(task.mm(), va + i * PAGE)));
        }
        assertEquals(List.of(1, 1, 1, 1), List.of(nodes[0], nodes[1], nodes[2], nodes[3]));
        assertNotEquals(nodes[4], nodes[5]);
        assertEquals(nodes[4], nodes[6]);
        assertEquals(nodes[5], nodes[7]);
        assertEquals(3, task.mm().areas().size());
    }

    @Test
    void exitFreesEveryFrameAndTable() {
        long va = kernel.mmap(task, 0, 3000 * PAGE, RW, ANON);
        kernel.populate(task, va, 3000 * PAGE, true);
        kernel.munmap(task, va + 700 * PAGE, 900 * PAGE);
        kernel.mprotect(task, va + 2000 * PAGE, 500 * PAGE, Abi.PROT_READ);
        kernel.exit(task);
        assertTrue(board.isAllFree());
    }

    @Test
    void munmapFreesTheTablesOfTheHole() {
        long va = kernel.mmap(task, 1L << 32, 1024 * PAGE, RW, ANON | Abi.MAP_FIXED);
        kernel.populate(task, va, 1024 * PAGE, true);
        assertEquals(2, task.mm().tables(1));
        kernel.munmap(task, va, 512 * PAGE);
        assertEquals(1, task.mm().tables(1));
        kernel.munmap(task, va + 512 * PAGE, 512 * PAGE);
        assertEquals(0, task.mm().tables(1));
        assertEquals(0, task.mm().tables(3));
        assertEquals(1, task.mm().tables(4));
    }

    @Test
    void forkSharesUntilOneWrites() {
        long va = kernel.mmap(task, 0, 2 * PAGE, RW, ANON);
        long shared = board.access(0, va, true);
        Task child = kernel.fork(task, 1);
        assertEquals(shared, board.access(1, va, false));
        long copy = board.access(1, va, true);
        assertNotEquals(shared, copy);
        assertEquals(shared, board.access(0, va, true));
        kernel.exit(child);
        assertEquals(shared, board.access(0, va, true));
        kernel.exit(task);
        assertTrue(board.isAllFree());
    }

    @Test
    void sharedMemoryIsSeenByTheChild() {
        long va = kernel.mmap(task, 0, 2 * PAGE, RW, Abi.MAP_SHARED | Abi.MAP_ANONYMOUS);
        Task child = kernel.fork(task, 1);
        long pfn = board.access(1, va + PAGE, true);
        assertEquals(pfn, board.access(0, va + PAGE, true));
        kernel.munmap(task, va, 2 * PAGE);
        assertEquals(pfn, board.access(1, va + PAGE, false));
        kernel.exit(child);
        kernel.exit(task);
        assertTrue(board.isAllFree());
    }

    @Test
    void mprotectTakesAndGivesRights() {
        long va = kernel.mmap(task, 0, 4 * PAGE, RW, ANON);
        long pfn = board.access(0, va + PAGE, true);
        kernel.mprotect(task, va, 4 * PAGE, Abi.PROT_NONE);
        assertEquals(-1, board.access(0, va + PAGE, false));
        kernel.mprotect(task, va, 4 * PAGE, Abi.PROT_READ);
        assertEquals(pfn, board.access(0, va + PAGE, false));
        assertEquals(-1, board.access(0, va + PAGE, true));
        kernel.mprotect(task, va, 4 * PAGE, RW);
        assertEquals(pfn, board.access(0, va + PAGE, true));
        assertEquals(1, task.mm().areas().size());
    }

    @Test
    void mprotectOfAHoleChangesWhatLiesBeforeIt() {
        long va = kernel.mmap(task, 0, 4 * PAGE, RW, ANON);
        kernel.munmap(task, va + 2 * PAGE, PAGE);
        KernelException failed =
                assertThrows(KernelException.class, () -> kernel.mprotect(task, va, 4 * PAGE, Abi.PROT_READ));
        assertEquals(Errno.ENOMEM, failed.errno());
        assertEquals(-1, board.access(0, va, true));
        assertNotEquals(-1, board.access(0, va + 3 * PAGE, true));
    }

    @Test
    void mremapMovesFramesNotContents() {
        long va = kernel.mmap(task, 0, 600 * PAGE, RW, ANON);
        long first = board.access(0, va, true);
        long last = board.access(0, va + 599 * PAGE, true);
        kernel.mmap(task, va + 600 * PAGE, PAGE, RW, ANON | Abi.MAP_FIXED | Abi.MAP_GROWSDOWN);
        long moved = kernel.mremap(task, va, 600 * PAGE, 1200 * PAGE, Abi.MREMAP_MAYMOVE, 0);
        assertNotEquals(va, moved);
        assertEquals(first, board.access(0, moved, true));
        assertEquals(last, board.access(0, moved + 599 * PAGE, true));
        assertSegfault(0, va);
        kernel.exit(task);
        assertTrue(board.isAllFree());
    }

    @Test
    void mremapGrowsAndShrinksInPlace() {
        long va = kernel.mmap(task, 1L << 33, 8 * PAGE, RW, ANON | Abi.MAP_FIXED);
        assertEquals(va, kernel.mremap(task, va, 8 * PAGE, 20 * PAGE, 0, 0));
        assertNotEquals(-1, board.access(0, va + 19 * PAGE, true));
        assertEquals(va, kernel.mremap(task, va, 20 * PAGE, 4 * PAGE, 0, 0));
        assertSegfault(0, va + 19 * PAGE);
        assertEquals(1, task.mm().areas().size());
    }

    @Test
    void brkGrowsAndShrinksTheHeap() {
        task.mm().setStartBrk(1L << 24);
        assertEquals((1L << 24) + 5 * PAGE, kernel.brk(task, (1L << 24) + 5 * PAGE));
        assertNotEquals(-1, board.access(0, (1L << 24) + 4 * PAGE, true));
        assertEquals((1L << 24) + PAGE, kernel.brk(task, (1L << 24) + PAGE));
        assertSegfault(0, (1L << 24) + 4 * PAGE);
        assertEquals((1L << 24) + PAGE, kernel.brk(task, 0));
    }

    @Test
    void aStackGrowsDownToItsLimit() {
        long top = 1L << 40;
        kernel.mmap(task, top - 2 * PAGE, 2 * PAGE, RW, ANON | Abi.MAP_FIXED | Abi.MAP_GROWSDOWN);
        assertNotEquals(-1, board.access(0, top - 100 * PAGE, true));
        assertNotEquals(-1, board.access(0, top - 101 * PAGE, true));
        assertSegfault(0, top - (8 << 20) - PAGE);
        assertEquals(top - 101 * PAGE, task.mm().areas().all().get(0).startVa());
    }

    @Test
    void aFullBoundNodeIsASignalNotAFallback() {
        TinyBoard small = new TinyBoard(2, 64, KernelSettings.DEFAULT);
        Task bound = small.kernel.spawn(0, Mempolicy.bind(1L << 1));
        long va = small.kernel.mmap(bound, 0, 100 * PAGE, RW, ANON);
        // 64 frames less 4 tables.
        for (int i = 0; i < 60; i++) {
            assertEquals(1, small.nodeOfAccess(0, va + i * PAGE));
        }
        assertEquals(-1, small.access(0, va + 60 * PAGE, true));
        small.kernel.setMempolicy(bound, Mempolicy.LOCAL);
        assertEquals(0, small.nodeOfAccess(0, va + 60 * PAGE));
        small.kernel.exit(bound);
        assertTrue(small.isAllFree());
    }

    @Test
    void hugePagesAreTakenSplitAndCopied() {
        TinyBoard huge = new TinyBoard(2, 1 << 16, KernelSettings.DEFAULT.withThp(true));
        Task one = huge.kernel.spawn(0);
        long va = huge.kernel.mmap(one, 1L << 33, 2048 * PAGE, RW, ANON | Abi.MAP_FIXED);
        huge.kernel.populate(one, va, 2048 * PAGE, true);
        assertEquals(0, one.mm().tables(1));
        assertEquals(2048, one.mm().residentFrames());
        long inside = huge.access(0, va + 700 * PAGE, false);
        huge.kernel.munmap(one, va + 600 * PAGE, 10 * PAGE);
        assertEquals(inside, huge.access(0, va + 700 * PAGE, false));
        assertEquals(1, one.mm().tables(1));
        assertEquals(2038, one.mm().residentFrames());
        Task child = huge.kernel.fork(one, 2);
        assertNotEquals(inside, huge.access(2, va + 700 * PAGE, true));
        assertEquals(1, Frames.nodeOf(huge.access(2, va, true)));
        assertEquals(0, Frames.nodeOf(huge.access(0, va, true)));
        huge.kernel.exit(child);
        huge.kernel.exit(one);
        assertTrue(huge.isAllFree());
    }

    @Test
    void migratingDataLeavesThePageTablesBehind() {
        long va = kernel.mmap(task, 0, 1000 * PAGE, RW, ANON);
        kernel.populate(task, va, 1000 * PAGE, true);
        kernel.migrate(task, 2);
        assertEquals(1000, kernel.migrateData(task.mm(), 1));
        assertEquals(1, board.nodeOfAccess(2, va + 999 * PAGE));
        assertEquals(0, task.mm().residentFrames(0));
        assertEquals(100.0, kernel.census(task.mm(), 1).remoteLeafPercent());
        assertEquals(0.0, kernel.census(task.mm(), 0).remoteLeafPercent());
    }

    @Test
    void tablesCanBeForcedOntoANode() {
        task.mm().setTableNode(1);
        long va = kernel.mmap(task, 0, 1000 * PAGE, RW, ANON);
        kernel.populate(task, va, 1000 * PAGE, true);
        assertEquals(1000, task.mm().residentFrames(0));
        assertEquals(100.0, kernel.census(task.mm(), 0).remoteLeafPercent());
    }

    @Test
    void aShootdownReachesTheProcessorsThatRunTheSpaceAndNoOther() {
        Task other = kernel.clone(task, 3);
        Task stranger = kernel.spawn(1);
        long va = kernel.mmap(task, 0, 100 * PAGE, RW, ANON);
        kernel.populate(task, va, 100 * PAGE, true);
        board.invalidations.clear();
        kernel.munmap(task, va, 10 * PAGE);
        assertEquals(List.of("cpu 0 pages 10", "cpu 3 pages 10"), board.invalidations);
        board.invalidations.clear();
        kernel.munmap(task, va + 10 * PAGE, 90 * PAGE);
        assertEquals(List.of("cpu 0 all", "cpu 3 all"), board.invalidations);
        kernel.exit(other);
        kernel.exit(stranger);
        // Idle processors keep what they have loaded, and are left alone.
        assertTrue(task.mm().cpus().get(3));
        board.invalidations.clear();
        kernel.munmap(task, kernel.mmap(task, 0, 100 * PAGE, RW, ANON | Abi.MAP_POPULATE) + PAGE, PAGE);
        assertEquals(List.of("cpu 0 pages 1"), board.invalidations);
    }

    @Test
    void misuseGetsTheErrnoOfTheManPage() {
        assertErrno(Errno.EINVAL, () -> kernel.mmap(task, 0, 0, RW, ANON));
        assertErrno(Errno.EINVAL, () -> kernel.mmap(task, 0, PAGE, RW, Abi.MAP_ANONYMOUS));
        assertErrno(Errno.EINVAL, () -> kernel.mmap(task, 4097, PAGE, RW, ANON | Abi.MAP_FIXED));
        assertErrno(Errno.ENOMEM, () -> kernel.mmap(task, 0, 1L << 47, RW, ANON));
        long va = kernel.mmap(task, 0, 2 * PAGE, RW, ANON);
        assertErrno(Errno.EEXIST, () -> kernel.mmap(task, va, PAGE, RW, ANON | Abi.MAP_FIXED_NOREPLACE));
        assertErrno(Errno.EINVAL, () -> kernel.munmap(task, va + 1, PAGE));
        assertErrno(Errno.EINVAL, () -> kernel.munmap(task, va, 0));
        assertErrno(Errno.EINVAL, () -> kernel.mprotect(task, va + 1, PAGE, RW));
        assertErrno(Errno.EFAULT, () -> kernel.mremap(task, 4096, PAGE, PAGE, 0, 0));
        assertErrno(Errno.EINVAL, () -> kernel.mremap(task, va, PAGE, 0, 0, 0));
        assertErrno(Errno.EINVAL, () -> kernel.madvise(task, va, PAGE, 99));
        assertErrno(Errno.ENOMEM, () -> kernel.madvise(task, va - PAGE, PAGE, Abi.MADV_DONTNEED));
        assertErrno(Errno.EFAULT, () -> kernel.mbind(task, va - PAGE, PAGE, Mempolicy.bind(1)));
        assertErrno(Errno.EINVAL, () -> kernel.mbind(task, va, PAGE, Mempolicy.bind(4)));
    }

    private void assertSegfault(int cpu, long va) {
        assertEquals(-1, board.access(cpu, va, false));
    }

    private static void assertErrno(Errno expected, Runnable call) {
        assertEquals(expected, assertThrows(KernelException.class, call::run).errno());
    }
}
