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
import dev.mitosis.mm.fault.FaultOutcome;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.frame.HugetlbPool;
import dev.mitosis.mm.stat.VmEvent;
import dev.mitosis.x86.Pte;
import org.junit.jupiter.api.Test;

/** Huge pages: of the pool, transparent, collapsed, split, and not to be had. */
class HugePagesTest {
    private static final int RW = Abi.PROT_READ | Abi.PROT_WRITE;
    private static final int ANON = Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS;
    private static final long P = 4096;
    private static final long HUGE = 2L << 20;
    private static final long GIANT = 1L << 30;
    private static final long VA = 0x4000_0000L;

    private final TinyBoard board = new TinyBoard(2, 1 << 20, KernelSettings.DEFAULT);
    private final Kernel kernel = board.kernel;
    private final Task task = kernel.spawn(0);

    @Test
    void thePoolKeepsWhatItHasPromised() {
        HugetlbPool pool = kernel.context().hugetlb(FrameAllocator.ORDER_2M);
        pool.setMaxSurplus(0);
        assertEquals(3, pool.add(0, 3));
        long va = kernel.mmap(task, 0, 2 * HUGE, RW, ANON | Abi.MAP_HUGETLB);
        assertEquals(2, pool.reservedPages());
        KernelException refused =
                assertThrows(KernelException.class, () -> kernel.mmap(task, 0, 2 * HUGE, RW, ANON | Abi.MAP_HUGETLB));
        assertEquals(Errno.ENOMEM, refused.errno());
        board.access(0, va, true);
        assertEquals(1, pool.reservedPages());
        assertEquals(2, pool.freePages());
        kernel.munmap(task, va, 2 * HUGE);
        assertEquals(0, pool.reservedPages());
        assertEquals(3, pool.freePages());
    }

    @Test
    void aCopyThatThePoolCannotGiveIsSigbus() {
        HugetlbPool pool = kernel.context().hugetlb(FrameAllocator.ORDER_2M);
        pool.setMaxSurplus(0);
        pool.add(0, 1);
        long va = kernel.mmap(task, 0, HUGE, RW, ANON | Abi.MAP_HUGETLB);
        board.access(0, va, true);
        Task child = kernel.fork(task, 1);
        assertEquals(-1, board.access(1, va, true));
        assertEquals(FaultOutcome.SIGBUS, board.lastOutcome());
        assertNotEquals(-1, board.access(1, va, false));
        kernel.exit(child);
        assertEquals(va >>> 12 & 511, board.access(0, va, true) & 511);
    }

    @Test
    void aGiantPageIsOneLeafOfLevelThree() {
        long va = kernel.mmap(task, 0, GIANT, RW, ANON | Abi.MAP_HUGETLB | Abi.MAP_HUGE_1GB);
        assertEquals(0, va & (GIANT - 1));
        long pfn = board.access(0, va + 5 * HUGE + 3 * P, true);
        assertEquals(5 * 512 + 3, pfn & ((1 << 18) - 1));
        assertEquals(1 << 18, task.mm().residentFrames());
        assertEquals(0, task.mm().tables(1) + task.mm().tables(2));
        KernelException refused = assertThrows(KernelException.class, () -> kernel.munmap(task, va, HUGE));
        assertEquals(Errno.EINVAL, refused.errno());
        kernel.munmap(task, va, GIANT);
        assertEquals(0, task.mm().residentFrames());
    }

    @Test
    void sharedHugePagesAreTheSameInTheChild() {
        long va = kernel.mmap(task, 0, HUGE, RW, Abi.MAP_SHARED | Abi.MAP_ANONYMOUS | Abi.MAP_HUGETLB);
        Task child = kernel.fork(task, 1);
        assertEquals(board.access(0, va + P, true), board.access(1, va + P, true));
        kernel.exit(child);
        kernel.exit(task);
        assertTrue(board.isAllFree());
    }

    @Test
    void aReadMapsTheHugeZeroPageAndAStoreReplacesIt() {
        mapAdvised();
        long zero = board.access(0, VA + 7 * P, false);
        assertEquals(FrameAllocator.ZERO_PAGE + 7, zero);
        assertEquals(0, task.mm().residentFrames());
        long own = board.access(0, VA + 7 * P, true);
        assertNotEquals(zero, own);
        assertEquals(512, task.mm().residentFrames());
        assertEquals(1, kernel.vmstat().get(VmEvent.THP_ZERO_PAGE_ALLOC));
    }

    @Test
    void khugepagedGathersThePagesOnTheirNode() {
        kernel.mmap(task, VA, HUGE, RW, ANON | Abi.MAP_FIXED);
        Task other = kernel.clone(task, 2);
        for (int page = 0; page < 300; page++) {
            board.access(page < 100 ? 0 : 2, VA + page * P, true);
        }
        kernel.madvise(task, VA, HUGE, Abi.MADV_HUGEPAGE);
        assertEquals(1, kernel.daemons().collapseHugePages(task));
        long entry = kernel.translate(task.mm(), VA);
        assertTrue((entry & Pte.HUGE) != 0);
        assertEquals(1, Frames.nodeOf(Pte.pfn(entry)));
        assertEquals(0, task.mm().tables(1));
        assertEquals(512, task.mm().residentFrames(1));
        assertEquals(0, task.mm().residentFrames(0));
        kernel.exit(other);
    }

    @Test
    void aHugePageSharedWithAChildIsSplitAndCopiedByParts() {
        mapAdvised();
        long parents = board.access(0, VA, true);
        Task child = kernel.fork(task, 1);
        long childs = board.access(1, VA + 3 * P, true);
        assertNotEquals(parents + 3, childs);
        assertEquals(parents + 4, board.access(1, VA + 4 * P, false));
        assertEquals(parents + 3, board.access(0, VA + 3 * P, false));
        kernel.munmap(task, VA, HUGE);
        assertEquals(parents + 4, board.access(1, VA + 4 * P, false));
        kernel.exit(child);
        kernel.exit(task);
        assertTrue(board.isAllFree());
    }

    @Test
    void fragmentedMemoryHasBasePagesOnly() {
        board.frames.fragmentation().spoil(0, 100, 7);
        board.frames.fragmentation().spoil(1, 100, 7);
        mapAdvised();
        board.access(0, VA, true);
        assertEquals(1, task.mm().residentFrames());
        assertEquals(1, kernel.vmstat().get(VmEvent.THP_FAULT_FALLBACK));
        KernelException refused =
                assertThrows(KernelException.class, () -> kernel.madvise(task, VA, HUGE, Abi.MADV_COLLAPSE));
        assertEquals(Errno.ENOMEM, refused.errno());
        board.frames.fragmentation().release();
        kernel.madvise(task, VA, HUGE, Abi.MADV_COLLAPSE);
        assertEquals(512, task.mm().residentFrames());
    }

    @Test
    void halfOfTheBlocksSpoiltLeavesTheOthers() {
        long blocks = board.topology().framesOfNode(0) / 512;
        long spoilt = board.frames.fragmentation().spoil(0, 50, 3);
        assertTrue(Math.abs(blocks - 2 * spoilt) < blocks / 5, spoilt + " of " + blocks + " blocks");
        long huge = 0;
        while (board.frames.allocate(0, FrameAllocator.ORDER_2M) != Frames.NO_FRAME) {
            huge++;
        }
        // One block less: a page table has taken a frame of the node.
        assertEquals(blocks - spoilt - 1, huge);
    }

    private void mapAdvised() {
        kernel.mmap(task, VA, HUGE, RW, ANON | Abi.MAP_FIXED);
        kernel.madvise(task, VA, HUGE, Abi.MADV_HUGEPAGE);
    }
}
