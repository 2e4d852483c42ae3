package dev.mitosis.kernel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.hal.Frames;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.kernel.syscall.GetMempolicy;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.fault.FaultOutcome;
import dev.mitosis.mm.stat.VmEvent;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.mm.vma.Overcommit;
import dev.mitosis.x86.Pte;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What happens when memory is short, promised, limited, or on the wrong node. */
class MemoryPressureTest {
    private static final int RW = Abi.PROT_READ | Abi.PROT_WRITE;
    private static final int ANON = Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS;
    private static final long P = 4096;

    @Test
    void coldPagesGoToSwapAndComeBack() {
        TinyBoard board = new TinyBoard(1, 256, KernelSettings.DEFAULT.withSwapPages(1024));
        Kernel kernel = board.kernel;
        Task task = kernel.spawn(0);
        long va = kernel.mmap(task, 0, 600 * P, RW, ANON);
        for (int page = 0; page < 600; page++) {
            assertNotEquals(-1, board.access(0, va + page * P, true), "page " + page);
        }
        assertTrue(kernel.context().swap().usedSlots() >= 344, "600 pages do not fit into 256 frames");
        assertTrue(Pte.isSwap(kernel.entryAt(task.mm(), va)), "the first page is the coldest");
        assertNotEquals(-1, board.access(0, va, false));
        assertTrue(kernel.vmstat().get(VmEvent.PSWPIN) > 0);
        kernel.exit(task);
        assertTrue(board.isAllFree());
        assertEquals(0, kernel.context().swap().usedSlots());
    }

    @Test
    void withoutSwapTheProgramIsKilled() {
        TinyBoard board = new TinyBoard(1, 128, KernelSettings.DEFAULT.withOvercommit(Overcommit.Mode.ALWAYS));
        Task task = board.kernel.spawn(0);
        long va = board.kernel.mmap(task, 0, 200 * P, RW, ANON);
        long page = 0;
        while (board.access(0, va + page * P, true) != -1) {
            page++;
        }
        assertEquals(FaultOutcome.OOM, board.lastOutcome());
        assertTrue(page > 100 && page < 128, page + " pages were had");
    }

    @Test
    void lockedPagesStay() {
        TinyBoard board = new TinyBoard(1, 256, KernelSettings.DEFAULT.withSwapPages(1024));
        Task task = board.kernel.spawn(0);
        long va = board.kernel.mmap(task, 0, 100 * P, RW, ANON);
        board.kernel.mlock(task, va, 100 * P);
        long other = board.kernel.mmap(task, 0, 400 * P, RW, ANON);
        board.kernel.populate(task, other, 400 * P, true);
        for (byte resident : board.kernel.mincore(task, va, 100 * P)) {
            assertEquals(1, resident);
        }
    }

    @Test
    void overcommitIsWhatItsModeSays() {
        assertEquals(Errno.ENOMEM, refused(Overcommit.Mode.HEURISTIC, 3000));
        assertEquals(Errno.ENOMEM, refused(Overcommit.Mode.NEVER, 1500));
        TinyBoard board = board(Overcommit.Mode.ALWAYS);
        Task task = board.kernel.spawn(0);
        board.kernel.mmap(task, 0, 1 << 30, RW, ANON);
        assertEquals((1 << 30) / P, board.kernel.context().overcommit().committedPages());
    }

    private static TinyBoard board(Overcommit.Mode mode) {
        return new TinyBoard(2, 1024, KernelSettings.DEFAULT.withOvercommit(mode));
    }

    private static Errno refused(Overcommit.Mode mode, long pages) {
        TinyBoard board = board(mode);
        Task task = board.kernel.spawn(0);
        // Never writable: not counted; until it becomes writable.
        long va = board.kernel.mmap(task, 0, pages * P, Abi.PROT_READ, ANON);
        KernelException protect =
                assertThrows(KernelException.class, () -> board.kernel.mprotect(task, va, pages * P, RW));
        assertEquals(Errno.ENOMEM, protect.errno());
        return assertThrows(KernelException.class, () -> board.kernel.mmap(task, 0, pages * P, RW, ANON))
                .errno();
    }

    @Test
    void aLimitOnTheAddressSpaceHoldsForEveryWayToGrow() {
        TinyBoard board = new TinyBoard();
        Kernel kernel = board.kernel;
        Task task = kernel.spawn(0);
        task.mm().setStartBrk(0x1000_0000L);
        long va = kernel.mmap(task, 0, 4 * P, RW, ANON);
        task.mm().limits().setAddressSpaceBytes(6 * P);
        assertThrows(KernelException.class, () -> kernel.mremap(task, va, 4 * P, 7 * P, Abi.MREMAP_MAYMOVE, 0));
        assertEquals(0x1000_0000L, kernel.brk(task, 0x1000_0000L + 3 * P));
        assertEquals(0x1000_0000L + 2 * P, kernel.brk(task, 0x1000_0000L + 2 * P));
        // What is replaced does not count.
        assertEquals(va, kernel.mmap(task, va, 4 * P, Abi.PROT_READ, ANON | Abi.MAP_FIXED));
        assertEquals(6, task.mm().mappedPages());
    }

    @Test
    void pagesMoveWhereTheyAreTold() {
        TinyBoard board = new TinyBoard(3, 1 << 12, KernelSettings.DEFAULT);
        Kernel kernel = board.kernel;
        Task task = kernel.spawn(0);
        long va = kernel.mmap(task, 0, 6 * P, RW, ANON);
        kernel.populate(task, va, 4 * P, true);
        board.access(0, va + 4 * P, false);
        long[] pages = {va, va + 4 * P, va + 5 * P, va + 99 * P};
        int absent = -Errno.ENOENT.number();
        int bad = -Errno.EFAULT.number();
        assertEquals(List.of(0, bad, absent, bad), boxed(kernel.movePages(task, task.mm(), pages, null, 0)));
        assertEquals(
                List.of(2, bad, absent, bad),
                boxed(kernel.movePages(task, task.mm(), pages, new int[] {2, 2, 2, 2}, Abi.MPOL_MF_MOVE)));
        assertEquals(2, nodeOf(kernel, task, va));
        kernel.mbind(task, va, 4 * P, Mempolicy.bind(2), Abi.MPOL_MF_MOVE | Abi.MPOL_MF_STRICT);
        assertEquals(1, nodeOf(kernel, task, va));
        // Nodes 0 and 1 change places, as far as both can: from 1 to 0 only here.
        assertEquals(0, kernel.migratePages(task, task.mm(), 2, 1));
        assertEquals(0, nodeOf(kernel, task, va + 3 * P));
    }

    @Test
    void policiesAnswerWhatWasSet() {
        TinyBoard board = new TinyBoard(3, 1 << 12, KernelSettings.DEFAULT);
        Kernel kernel = board.kernel;
        Task task = kernel.spawn(0);
        long va = kernel.mmap(task, 0, 2 * P, RW, ANON);
        kernel.setMempolicy(task, Mempolicy.interleave(5));
        kernel.mbind(task, va, P, Mempolicy.bind(6));
        kernel.setMempolicyHomeNode(task, va, P, 2, 0);
        GetMempolicy.Answer ofArea = kernel.getMempolicy(task, va, Abi.MPOL_F_ADDR);
        assertEquals(Mempolicy.Kind.BIND, ofArea.policy().kind());
        assertEquals(6, ofArea.nodeMask());
        assertEquals(5, kernel.getMempolicy(task, 0, 0).nodeMask());
        assertEquals(7, kernel.getMempolicy(task, 0, Abi.MPOL_F_MEMS_ALLOWED).nodeMask());
        board.access(0, va, true);
        assertEquals(
                2,
                kernel.getMempolicy(task, va, Abi.MPOL_F_NODE | Abi.MPOL_F_ADDR).node());
    }

    @Test
    void aHintedPageFollowsTheNodeThatUsesItTwice() {
        TinyBoard board = new TinyBoard();
        Kernel kernel = board.kernel;
        Task task = kernel.spawn(0);
        Task other = kernel.clone(task, 2);
        long va = kernel.mmap(task, 0, 4 * P, RW, ANON);
        kernel.populate(task, va, 4 * P, true);
        for (int scan = 0; scan < 2; scan++) {
            assertEquals(0, nodeOf(kernel, task, va));
            assertEquals(scan == 0 ? 4 : 1, kernel.daemons().numaScan(task, 1000));
            assertNotEquals(-1, board.access(other.cpu(), va, true));
        }
        assertEquals(1, nodeOf(kernel, task, va));
        assertEquals(0, nodeOf(kernel, task, va + P));
        assertEquals(1, kernel.vmstat().get(VmEvent.NUMA_PAGES_MIGRATED));
    }

    private static int nodeOf(Kernel kernel, Task task, long va) {
        return Frames.nodeOf(Pte.pfn(kernel.translate(task.mm(), va)));
    }

    private static List<Integer> boxed(int[] numbers) {
        return Arrays.stream(numbers).boxed().toList();
    }
}
