package dev.mitosis.mm.tlb;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
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
import dev.mitosis.x86.NativePageTableOps;
import dev.mitosis.x86.PageTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What is written to CR3 and who is told to flush, in every mode; each event is a word in a list. */
class TlbModesTest {
    private static final int RW = Abi.PROT_READ | Abi.PROT_WRITE;
    private static final int ANON = Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS | Abi.MAP_POPULATE;
    private static final long P = Frames.PAGE_BYTES;

    /** A board that notes what it is told. */
    private static final class Noting implements Board, Processors, KernelMeter {
        final Topology topology = Topology.uniform(2, 2, 1 << 12);
        final ArrayMemory memory = new ArrayMemory(2, false);
        final List<String> notes = new ArrayList<>();
        final long[] roots = new long[4];

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
            return this;
        }

        @Override
        public KernelMeter meter() {
            return this;
        }

        @Override
        public void install(TrapHandler kernel) {
            notes.add("boot");
        }

        @Override
        public void loadRoot(int cpu, long root, int levels, int pcid, boolean flush) {
            roots[cpu] = root;
        }

        @Override
        public void invalidateRange(int cpu, int pcid, long startVa, long endVa) {
            notes.add("cpu" + cpu);
        }

        @Override
        public void invalidateAll(int cpu, int pcid) {
            notes.add("all" + cpu);
        }

        @Override
        public void rootLoaded(int cpu, boolean flush) {
            notes.add((flush ? "CR3-flush" : "CR3") + cpu);
        }

        @Override
        public void shootdown(int cpu, int targets) {
            notes.add("ipi*" + targets);
        }

        @Override
        public void flushReceived(int cpu) {
            notes.add("interrupted" + cpu);
        }

        @Override
        public void remoteActions(int cpu, int targets) {
            notes.add("rar*" + targets);
        }

        @Override
        public void broadcastFlush(int cpu) {
            notes.add("broadcast");
        }
    }

    private final Noting board = new Noting();

    private Kernel boot(TlbSettings tlb) {
        FrameAllocator frames = new FrameAllocator(board.topology, board.memory);
        return new Kernel(
                board,
                frames,
                new NativePageTableOps(board.memory, frames, board),
                PageTableEvents.NONE,
                KernelSettings.DEFAULT.withTlb(tlb));
    }

    private List<String> notes(Runnable work) {
        board.notes.clear();
        work.run();
        return List.copyOf(board.notes);
    }

    @Test
    void pcidsKeepTranslationsOverSwitchesAndFlushOnlyWhatIsStale() {
        Kernel kernel = boot(TlbSettings.LINUX);
        Task one = kernel.spawn(0);
        Task two = kernel.spawn(1);
        assertEquals(List.of("CR3-flush0"), notes(() -> kernel.switchTo(0, two)));
        assertEquals(List.of("CR30"), notes(() -> kernel.switchTo(0, one)));
        long va = kernel.mmap(two, 0, P, RW, ANON);
        kernel.munmap(two, va, P);
        assertEquals(List.of("CR3-flush0"), notes(() -> kernel.switchTo(0, two)));
    }

    @Test
    void withoutPcidsEverySwitchFlushes() {
        Kernel kernel = boot(TlbSettings.LINUX.withPcid(false));
        Task one = kernel.spawn(0);
        Task two = kernel.spawn(1);
        for (int i = 0; i < 3; i++) {
            assertEquals(List.of("CR3-flush0"), notes(() -> kernel.switchTo(0, two)));
            assertEquals(List.of("CR3-flush0"), notes(() -> kernel.switchTo(0, one)));
        }
    }

    @Test
    void isolationWritesCr3TwiceACallAndRunsOnARootOfItsOwn() {
        Kernel kernel = boot(TlbSettings.LINUX.withPti(true));
        Task task = kernel.spawn(0);
        PageTable user = Objects.requireNonNull(task.mm().userTable());
        assertNotEquals(task.mm().pageTable().root(), user.root());
        assertEquals(user.root(), board.roots[0]);
        assertEquals(List.of("CR30", "CR30"), notes(() -> kernel.setMempolicy(task, Mempolicy.LOCAL)));
        long va = kernel.mmap(task, 0, P, RW, ANON);
        int index = (int) (va >>> 39);
        assertNotEquals(0, board.memory.read(user.root(), index));
        assertEquals(board.memory.read(task.mm().pageTable().root(), index), board.memory.read(user.root(), index));
        kernel.munmap(task, va, P);
        assertEquals(0, board.memory.read(user.root(), index));
    }

    @Test
    void isolationWithoutPcidsEmptiesTheTlbEachTime() {
        Kernel kernel = boot(TlbSettings.LINUX.withPti(true).withPcid(false));
        Task task = kernel.spawn(0);
        assertEquals(
                List.of("CR3-flush0", "CR3-flush0", "all0"), notes(() -> kernel.setMempolicy(task, Mempolicy.LOCAL)));
        assertNull(boot(TlbSettings.LINUX).spawn(1).mm().userTable());
    }

    @Test
    void anIdleProcessorKeepsItsSpaceAndIsNotInterrupted() {
        Kernel kernel = boot(TlbSettings.LINUX);
        Task task = kernel.spawn(0);
        Task other = kernel.clone(task, 2);
        long va = kernel.mmap(task, 0, 3 * P, RW, ANON);
        assertEquals(List.of(), notes(() -> kernel.switchTo(2, null)));
        assertEquals(List.of("cpu0"), notes(() -> kernel.munmap(task, va, P)));
        assertEquals(List.of("CR3-flush2"), notes(() -> kernel.switchTo(2, other)));
        kernel.switchTo(2, null);
        assertEquals(List.of(), notes(() -> kernel.switchTo(2, other)), "nothing has changed meanwhile");
        kernel.switchTo(2, null);
        // Tables go: now it must be told.
        List<String> told = notes(() -> kernel.munmap(task, va + P, 2 * P));
        assertTrue(told.contains("cpu2") || told.contains("all2"), told.toString());
    }

    /** What it missed may be anywhere: forgetting the last range alone would leave old translations of the others. */
    @Test
    void aProcessorThatMissedAGenerationForgetsEverything() {
        Kernel kernel = boot(TlbSettings.LINUX);
        Task task = kernel.spawn(0);
        kernel.clone(task, 2);
        long va = kernel.mmap(task, 0, 3 * P, RW, ANON);
        kernel.switchTo(2, null);
        TlbFlush flush = kernel.context().flush();
        List<String> page = List.of("cpu0", "cpu2", "ipi*1", "interrupted2");
        assertEquals(page, notes(() -> flush.run(task.mm(), 0, va, va + P, true)), "it has missed nothing");
        // It keeps the space and uses nothing of it: it is not told of rights that go.
        assertEquals(List.of("cpu0"), notes(() -> kernel.mprotect(task, va, P, Abi.PROT_READ)));
        List<String> all = List.of("cpu0", "all2", "ipi*1", "interrupted2");
        assertEquals(all, notes(() -> flush.run(task.mm(), 0, va + P, va + 2 * P, true)));
        assertEquals(page, notes(() -> flush.run(task.mm(), 0, va, va + P, true)), "it knows all again");
    }

    @Test
    void withoutLazinessAnIdleProcessorUnloads() {
        Kernel kernel = boot(TlbSettings.LINUX.withLazy(false));
        Task task = kernel.spawn(0);
        kernel.switchTo(0, null);
        assertEquals(Processors.NO_ROOT, board.roots[0]);
        assertEquals(-1, task.mm().cpus().nextSetBit(0));
    }

    @Test
    void aDeferredFlushInterruptsAndFreesWhenTheSpaceMapsAgain() {
        Kernel kernel = boot(TlbSettings.LINUX.with(TlbSettings.Backend.DEFERRED));
        Task task = kernel.spawn(0);
        kernel.clone(task, 1);
        long va = kernel.mmap(task, 0, 10 * P, RW, ANON);
        long free = freeFrames(kernel);
        assertEquals(List.of("cpu0"), notes(() -> kernel.munmap(task, va, P)), "only the caller forgets");
        assertEquals(List.of("cpu0"), notes(() -> kernel.munmap(task, va + P, P)));
        assertEquals(free, freeFrames(kernel), "the other processor may still reach them");
        assertEquals(
                List.of("cpu0", "cpu1", "ipi*1", "interrupted1"),
                notes(() -> kernel.mmap(task, va, P, RW, Abi.MAP_PRIVATE | Abi.MAP_ANONYMOUS)),
                "one interrupt for both");
        assertEquals(free + 2, freeFrames(kernel));
        kernel.munmap(task, va + 2 * P, P);
        kernel.mprotect(task, va + 3 * P, P, Abi.PROT_READ);
        assertEquals(free + 2, freeFrames(kernel), "a flush of another range frees nothing");
    }

    @Test
    void whatADeferredFlushHoldsGoesWithTheAddressSpace() {
        Kernel kernel = boot(TlbSettings.LINUX.with(TlbSettings.Backend.DEFERRED));
        Task first = kernel.spawn(0);
        long before = freeFrames(kernel);
        Task task = kernel.spawn(1);
        long va = kernel.mmap(task, 0, 10 * P, RW, ANON);
        kernel.munmap(task, va, 10 * P);
        kernel.exit(task);
        assertEquals(before, freeFrames(kernel));
        assertTrue(first.isAlive());
    }

    private static long freeFrames(Kernel kernel) {
        return kernel.context().frames().freeFrames(0)
                + kernel.context().frames().freeFrames(1);
    }

    @Test
    void interruptsAreCountedByTargetAndABroadcastReplacesThem() {
        for (boolean broadcast : new boolean[] {false, true}) {
            Kernel kernel =
                    boot(TlbSettings.LINUX.with(broadcast ? TlbSettings.Backend.BROADCAST : TlbSettings.Backend.IPI));
            Task task = kernel.spawn(0);
            kernel.clone(task, 1);
            long va = kernel.mmap(task, 0, 10 * P, RW, ANON);
            assertTrue(notes(() -> kernel.munmap(task, va, P)).contains("ipi*1"), "two processors: interrupts");
            kernel.clone(task, 2);
            kernel.clone(task, 3);
            List<String> four = notes(() -> kernel.munmap(task, va + P, P));
            assertEquals(!broadcast, four.contains("ipi*3"), four.toString());
            assertEquals(broadcast, four.contains("broadcast"), four.toString());
            assertEquals(!broadcast, four.contains("interrupted3"), four.toString());
            assertTrue(four.containsAll(List.of("cpu0", "cpu1", "cpu2", "cpu3")), four.toString());
        }
    }

    @Test
    void remoteActionsReachTheirTargetsWithoutAnInterrupt() {
        Kernel kernel = boot(TlbSettings.LINUX.with(TlbSettings.Backend.RAR));
        Task task = kernel.spawn(0);
        kernel.clone(task, 1);
        kernel.clone(task, 2);
        long va = kernel.mmap(task, 0, 10 * P, RW, ANON);
        assertEquals(List.of("cpu0", "cpu1", "cpu2", "rar*2"), notes(() -> kernel.munmap(task, va, P)));
    }
}
