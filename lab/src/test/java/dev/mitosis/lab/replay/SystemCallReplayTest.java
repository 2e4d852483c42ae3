package dev.mitosis.lab.replay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.halsim.machine.MachineProfile;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.lab.machine.Machine;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.replication.policy.PolicyRegistry;
import dev.mitosis.x86.Pte;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A recorded call has the recorded outcome: the same areas at the same addresses, and the same pages in them. */
class SystemCallReplayTest {
    private static final long VA = 0x7000_0000_0000L;
    private static final long PAGE = 4096;
    private static final int READ_WRITE = Abi.PROT_READ | Abi.PROT_WRITE;
    private static final int ANONYMOUS = Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS;
    private static final long EEXIST = -17;

    private final Machine machine = new Machine(
            MachineProfile.load("2s-ice-lake"), KernelSettings.DEFAULT, PolicyRegistry.find("first-touch"), 1);
    private final Task task = machine.kernel().spawn(0);
    private final SystemCallReplay calls = new SystemCallReplay(machine.kernel());

    private void call(int number, long result, long... args) {
        long[] six = new long[6];
        System.arraycopy(args, 0, six, 0, args.length);
        calls.call(task, number, six, result);
    }

    private void map(long va, long pages, int flags) {
        call(SystemCallReplay.MMAP, va, 0, pages * PAGE, READ_WRITE, flags, -1, 0);
    }

    private Vma area(long va) {
        Vma found = task.mm().areas().find(va);
        assertNotNull(found, Long.toHexString(va));
        return found;
    }

    private boolean hasPage(long va) {
        return Pte.isPresent(machine.kernel().entryAt(task.mm(), va));
    }

    private void touch(long va) {
        machine.kernel().populate(task, va, PAGE, true);
    }

    @Test
    void aMappingIsWhereTheHostPutItWhateverWasAskedFor() {
        // The program asked for another place, and got this one.
        call(SystemCallReplay.MMAP, VA, 0x1000, 3 * PAGE, READ_WRITE, ANONYMOUS, -1, 0);
        assertEquals(VA, area(VA).startVa());
        assertEquals(VA + 3 * PAGE, area(VA).endVa());
        assertTrue(area(VA).has(Vma.WRITE) && area(VA).isPrivate() && area(VA).isAnonymous());
        assertNull(task.mm().areas().find(0x1000));
        assertEquals(0, calls.refused());
    }

    @Test
    void aMappingTakesThePlaceOfWhatWasThere() {
        // MAP_FIXED_NOREPLACE succeeded on the host, so nothing was there that the recording shows: it must not fail
        // here.
        map(VA, 4, ANONYMOUS);
        touch(VA + PAGE);
        map(VA + PAGE, 1, ANONYMOUS);
        assertFalse(hasPage(VA + PAGE));
        assertEquals(0, calls.refused());
    }

    @Test
    void aFileMappingHasItsOffsetAndIsShared() {
        call(SystemCallReplay.MMAP, VA, 0, PAGE, Abi.PROT_READ, Abi.MAP_SHARED, 3, 5 * PAGE);
        assertFalse(area(VA).isAnonymous());
        assertTrue(area(VA).has(Vma.SHARED));
        assertEquals(5, area(VA).pageAt(VA));
        assertFalse(area(VA).has(Vma.WRITE));
    }

    @Test
    void noReserveIsKept() {
        map(VA, 1, ANONYMOUS | Abi.MAP_NORESERVE);
        assertTrue(area(VA).has(Vma.NORESERVE));
    }

    @ParameterizedTest
    @ValueSource(ints = {9, 10, 11, 12, 25, 28})
    void aCallThatFailedOnTheHostChangesNothing(int number) {
        map(VA, 2, ANONYMOUS);
        touch(VA);
        String before = task.mm().areas().all().toString();
        call(number, EEXIST, VA, 2 * PAGE, Abi.PROT_NONE, 0, VA + 16 * PAGE, 0);
        call(number, -4095, VA, 2 * PAGE, Abi.MADV_DONTNEED, 0, 0, 0);
        assertEquals(before, task.mm().areas().all().toString());
        assertTrue(hasPage(VA));
        assertEquals(0, calls.refused());
    }

    @Test
    void unmapProtectAndAdviseReachTheKernel() {
        map(VA, 4, ANONYMOUS);
        touch(VA);
        touch(VA + 3 * PAGE);
        call(SystemCallReplay.MADVISE, 0, VA, PAGE, Abi.MADV_DONTNEED);
        assertFalse(hasPage(VA));
        call(SystemCallReplay.MPROTECT, 0, VA, PAGE, Abi.PROT_READ);
        assertFalse(area(VA).has(Vma.WRITE));
        assertTrue(area(VA + PAGE).has(Vma.WRITE));
        call(SystemCallReplay.MUNMAP, 0, VA + 3 * PAGE, PAGE);
        assertNull(task.mm().areas().find(VA + 3 * PAGE));
        assertEquals(0, calls.refused());
    }

    @Test
    void theFirstBreakIsTheStartAndLaterOnesMoveIt() {
        call(SystemCallReplay.BRK, VA, 0);
        assertEquals(VA, task.mm().startBrkVa());
        assertNull(task.mm().areas().find(VA));
        call(SystemCallReplay.BRK, VA + 2 * PAGE, VA + 2 * PAGE);
        assertEquals(VA + 2 * PAGE, area(VA).endVa());
        // The host refused to move it: the result is where it was.
        call(SystemCallReplay.BRK, VA + 2 * PAGE, VA + 8 * PAGE);
        assertEquals(VA + 2 * PAGE, area(VA).endVa());
        call(SystemCallReplay.BRK, VA + PAGE, VA + PAGE);
        assertEquals(VA + PAGE, area(VA).endVa());
        assertEquals(0, calls.refused());
    }

    @Test
    void aBreakThatOurKernelCannotMoveIsCounted() {
        call(SystemCallReplay.BRK, VA, 0);
        map(VA + PAGE, 1, ANONYMOUS);
        call(SystemCallReplay.BRK, VA + 4 * PAGE, VA + 4 * PAGE);
        assertEquals(1, calls.refused());
    }

    @Test
    void anAreaThatGrewInPlaceGrowsInPlace() {
        map(VA, 2, ANONYMOUS);
        touch(VA);
        long pfn = Pte.pfn(machine.kernel().entryAt(task.mm(), VA));
        call(SystemCallReplay.MREMAP, VA, VA, 2 * PAGE, 5 * PAGE, Abi.MREMAP_MAYMOVE);
        assertEquals(VA + 5 * PAGE, area(VA).endVa());
        assertEquals(pfn, Pte.pfn(machine.kernel().entryAt(task.mm(), VA)));
        call(SystemCallReplay.MREMAP, VA, VA, 5 * PAGE, PAGE, 0);
        assertEquals(VA + PAGE, area(VA).endVa());
        assertEquals(0, calls.refused());
    }

    @Test
    void anAreaThatMovedTakesItsPagesWithIt() {
        map(VA, 2, ANONYMOUS);
        touch(VA + PAGE);
        long pfn = Pte.pfn(machine.kernel().entryAt(task.mm(), VA + PAGE));
        long to = VA + 64 * PAGE;
        call(SystemCallReplay.MREMAP, to, VA, 2 * PAGE, 2 * PAGE, Abi.MREMAP_MAYMOVE);
        assertNull(task.mm().areas().find(VA));
        assertEquals(to + 2 * PAGE, area(to).endVa());
        assertEquals(pfn, Pte.pfn(machine.kernel().entryAt(task.mm(), to + PAGE)));
        assertEquals(0, calls.refused());
    }

    @Test
    void withDontUnmapTheOldAreaStaysAndIsEmpty() {
        map(VA, 2, ANONYMOUS);
        touch(VA + PAGE);
        long pfn = Pte.pfn(machine.kernel().entryAt(task.mm(), VA + PAGE));
        long to = VA + 64 * PAGE;
        call(SystemCallReplay.MREMAP, to, VA, 2 * PAGE, 2 * PAGE, Abi.MREMAP_MAYMOVE | Abi.MREMAP_DONTUNMAP);
        assertEquals(VA + 2 * PAGE, area(VA).endVa());
        assertFalse(hasPage(VA + PAGE));
        assertEquals(pfn, Pte.pfn(machine.kernel().entryAt(task.mm(), to + PAGE)));
        assertEquals(0, calls.refused());
    }

    @Test
    void whatOurKernelRefusesIsCountedAndNotHidden() {
        call(SystemCallReplay.MPROTECT, 0, VA, PAGE, Abi.PROT_READ); // a hole: ENOMEM
        call(SystemCallReplay.MREMAP, VA, VA, PAGE, 2 * PAGE, 0); // a hole: EFAULT
        assertEquals(2, calls.refused());
    }

    @Test
    void callsThatMoveNoPageAreNotRefused() {
        call(149, 0, VA, PAGE); // mlock
        call(237, 0, VA, PAGE); // mbind
        assertEquals(0, calls.refused());
        assertEquals(0, task.mm().areas().size());
    }

    @Test
    void aPopulateBeyondTheHeapIsRefusedAtOnce() {
        map(1L << 32, 1L << 33, ANONYMOUS | Abi.MAP_NORESERVE);
        IllegalArgumentException refused = assertThrows(
                IllegalArgumentException.class,
                () -> call(SystemCallReplay.MADVISE, 0, 1L << 32, 1L << 45, Abi.MADV_POPULATE_WRITE));
        assertTrue(
                String.valueOf(refused.getMessage()).startsWith("the trace populates 33,554,432 MiB at once"),
                refused.getMessage());
        assertEquals(0, task.mm().residentFrames());
    }
}
