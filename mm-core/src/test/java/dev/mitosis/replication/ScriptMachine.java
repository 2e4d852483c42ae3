package dev.mitosis.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.FrameAllocator;
import dev.mitosis.mm.Kernel;
import dev.mitosis.mm.KernelException;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.syscall.Abi;
import dev.mitosis.replication.policy.PlacementPolicy;
import dev.mitosis.x86.PageTableOps;
import dev.mitosis.x86.Pte;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.LongConsumer;
import java.util.function.UnaryOperator;

/**
 * Runs a script on a tiny machine beside the naive model, and checks after every step what must hold.
 *
 * <p>Checked: copies agree but for A and D, and point to their own node's tables; each page translates to what the model says,
 * through the kernel and through every processor; no translation that a processor may use outlives its mapping or its rights;
 * an access leaves A, and a store D, where the kernel sees it; and in the end every frame is free.
 */
final class ScriptMachine {
    private static final int NODES = 3;
    private static final long FRAMES_PER_NODE = 2048;
    private static final int PLACE_PAGES = 8;
    private static final int MAX_PROCESSES = 3;
    /** Four places of eight pages: two that share a leaf table, one across two leaf tables, one far away. */
    private static final long[] PLACES = {0x1000_0000L, 0x1000_8000L, 0x101F_C000L, 0x80_0000_0000L};

    private static final int[] PROTECTIONS = {
        Abi.PROT_READ | Abi.PROT_WRITE, Abi.PROT_READ, Abi.PROT_NONE, Abi.PROT_READ | Abi.PROT_WRITE
    };

    final ReferenceBoard board;
    final FrameAllocator frames;
    final ReplicatedPageTableOps ops;
    final Kernel kernel;
    final Replicator replicator;
    private final ReplicaAudit audit;
    private final List<Running> processes = new ArrayList<>();
    private long nextIdentity = 1;
    private long nextObject = 1;
    private final Map<Long, Long> identityOfObjectPage = new HashMap<>();
    private Access last = new Access(0, 0, 0);

    /** A process: its tasks, and what its memory should be. */
    private record Running(List<Task> tasks, NaiveMemory memory) {}

    private record Access(int process, int task, int slot) {}

    ScriptMachine(PlacementPolicy policy, UnaryOperator<PageTableOps> fault, boolean flushes) {
        board = new ReferenceBoard(NODES, FRAMES_PER_NODE, flushes);
        frames = new FrameAllocator(board.topology(), board.memory());
        ops = new ReplicatedPageTableOps(board.topology(), board.memory(), frames, board.meter());
        kernel = new Kernel(board, frames, fault.apply(ops), PageTableEvents.NONE, KernelSettings.DEFAULT);
        replicator = new Replicator(kernel, ops);
        kernel.install(policy.attach(kernel, replicator));
        audit = new ReplicaAudit(board.memory(), ops);
        List<Task> tasks = new ArrayList<>();
        tasks.add(kernel.spawn(0, policy.initialMempolicy(board.topology())));
        processes.add(new Running(tasks, new NaiveMemory()));
    }

    /** Runs and checks a whole script, then ends all processes and checks that nothing is left. */
    void run(List<Step> script) {
        for (Step step : script) {
            apply(step);
            check();
        }
        for (Running process : processes) {
            process.tasks.forEach(kernel::exit);
        }
        for (int node = 0; node < NODES; node++) {
            assertEquals(
                    FRAMES_PER_NODE, frames.freeFrames(node), "free frames of node " + node + " after all have exited");
        }
    }

    // ---- steps ----

    private void apply(Step step) {
        Running process = processes.get(Math.floorMod(step.process(), processes.size()));
        Task task = process.tasks.get(Math.floorMod(step.choice(), process.tasks.size()));
        int from = Math.floorMod(step.place(), PLACES.length * PLACE_PAGES);
        int pages = Math.min(1 + Math.floorMod(step.length(), PLACE_PAGES), PLACE_PAGES - from % PLACE_PAGES);
        long va = va(from);
        int prot = PROTECTIONS[Math.floorMod(step.choice(), PROTECTIONS.length)];
        switch (step.kind()) {
            case MMAP -> mmap(process, task, va, pages, prot, false);
            case MMAP_SHARED -> mmap(process, task, va, pages, prot, true);
            case MUNMAP -> {
                kernel.munmap(task, va, bytes(pages));
                forEach(va, pages, page -> process.memory.pages.remove(page));
            }
            case MPROTECT -> mprotect(process, task, va, pages, prot);
            case READ, WRITE -> {
                last = new Access(step.process(), step.choice(), from);
                access(process, task, va, step.kind() == Step.Kind.WRITE);
            }
            case READ_AGAIN, WRITE_AGAIN -> {
                Running again = processes.get(Math.floorMod(last.process(), processes.size()));
                Task by = again.tasks.get(Math.floorMod(last.task(), again.tasks.size()));
                access(again, by, va(last.slot()), step.kind() == Step.Kind.WRITE_AGAIN);
            }
            case DONTNEED -> dontneed(process, task, va, pages);
            case MREMAP -> mremap(process, task, from, pages, step.choice());
            case POPULATE -> populate(process, task, va, pages);
            case SWITCH ->
                kernel.migrate(
                        task, Math.floorMod(step.length(), board.topology().cpus()));
            case CLONE -> {
                if (process.tasks.size() < 3) {
                    process.tasks.add(kernel.clone(
                            task, Math.floorMod(step.length(), board.topology().cpus())));
                }
            }
            case FORK -> fork(process, task, step.length());
            case EXIT -> exit(process, task);
            case REPLICATE -> replicator.replicate(task.mm(), 1 + Math.floorMod(step.length(), (1 << NODES) - 1));
            case REPLICATE_NEW -> replicator.replicateNew(Math.floorMod(step.length(), 1 << NODES));
            case COLLAPSE -> replicator.collapse(task.mm());
            case MOVE_TREE -> replicator.move(task.mm(), Math.floorMod(step.length(), NODES));
            case MIGRATE_DATA -> kernel.migrateData(task.mm(), Math.floorMod(step.length(), NODES));
        }
    }

    private void mmap(Running process, Task task, long va, int pages, int prot, boolean isShared) {
        int flags = Abi.MAP_FIXED | Abi.MAP_ANONYMOUS | (isShared ? Abi.MAP_SHARED : Abi.MAP_PRIVATE);
        assertEquals(va, kernel.mmap(task, va, bytes(pages), prot, flags));
        long object = nextObject++ << 20;
        forEach(
                va,
                pages,
                page -> process.memory.pages.put(
                        page, new NaiveMemory.Page(prot, isShared, 0, object + (page - (va >>> 12)))));
    }

    private void mprotect(Running process, Task task, long va, int pages, int prot) {
        boolean isWhole = true;
        for (long page = va >>> 12; page < (va >>> 12) + pages && isWhole; page++) {
            NaiveMemory.Page state = process.memory.pages.get(page);
            isWhole = state != null;
            if (state != null) {
                state.prot = prot;
            }
        }
        try {
            kernel.mprotect(task, va, bytes(pages), prot);
            assertTrue(isWhole, "mprotect of a hole succeeded");
        } catch (KernelException hole) {
            assertEquals(false, isWhole, hole.getMessage());
        }
    }

    private void dontneed(Running process, Task task, long va, int pages) {
        boolean isWhole = true;
        for (long page = va >>> 12; page < (va >>> 12) + pages; page++) {
            NaiveMemory.Page state = process.memory.pages.get(page);
            isWhole &= state != null;
            if (state != null && !state.isShared) {
                state.identity = 0;
            }
        }
        try {
            kernel.madvise(task, va, bytes(pages), Abi.MADV_DONTNEED);
        } catch (KernelException hole) {
            assertEquals(false, isWhole, hole.getMessage());
        }
    }

    private void mremap(Running process, Task task, int from, int pages, int choice) {
        int target = (from / PLACE_PAGES + 1 + Math.floorMod(choice, PLACES.length - 1)) % PLACES.length * PLACE_PAGES;
        long va = va(from);
        long to = va(target);
        try {
            kernel.mremap(task, va, bytes(pages), bytes(pages), Abi.MREMAP_MAYMOVE | Abi.MREMAP_FIXED, to);
        } catch (KernelException notOneMapping) {
            return;
        }
        for (int i = 0; i < pages; i++) {
            NaiveMemory.Page moved = process.memory.pages.remove((va >>> 12) + i);
            assertTrue(moved != null, "mremap moved a page that is not mapped");
            if (moved != null) {
                process.memory.pages.put((to >>> 12) + i, moved);
            }
        }
    }

    private void populate(Running process, Task task, long va, int pages) {
        for (long page = va >>> 12; page < (va >>> 12) + pages; page++) {
            NaiveMemory.Page state = process.memory.pages.get(page);
            if (state == null || (state.prot & Abi.PROT_WRITE) == 0) {
                return;
            }
        }
        run(task);
        kernel.populate(task, va, bytes(pages), true);
        for (long page = va >>> 12; page < (va >>> 12) + pages; page++) {
            NaiveMemory.Page state = process.memory.pages.get(page);
            if (state != null) {
                touch(state, true);
            }
        }
    }

    private void fork(Running process, Task task, int choice) {
        if (processes.size() < MAX_PROCESSES) {
            run(task);
            List<Task> tasks = new ArrayList<>();
            tasks.add(kernel.fork(task, Math.floorMod(choice, board.topology().cpus())));
            processes.add(new Running(tasks, process.memory.fork()));
        }
    }

    private void exit(Running process, Task task) {
        if (process.tasks.size() > 1 || processes.size() > 1) {
            kernel.exit(task);
            process.tasks.remove(task);
            if (process.tasks.isEmpty()) {
                processes.remove(process);
            }
        }
    }

    private void access(Running process, Task task, long va, boolean isWrite) {
        run(task);
        NaiveMemory.Page state = process.memory.pages.get(va >>> 12);
        boolean isAllowed =
                state != null && (state.prot & (isWrite ? Abi.PROT_WRITE : Abi.PROT_READ | Abi.PROT_WRITE)) != 0;
        long pfn = board.access(task.cpu(), va, isWrite);
        assertEquals(isAllowed, pfn != ReferenceBoard.SIGNAL, "access of " + Long.toHexString(va) + " allowed");
        if (isAllowed && state != null) {
            touch(state, isWrite);
            long entry = kernel.translate(task.mm(), va);
            assertEquals(pfn, Pte.pfn(entry), "the processor's frame and the kernel's");
            long expected = isWrite ? Pte.ACCESSED_DIRTY : Pte.ACCESSED;
            assertEquals(expected, entry & expected, "A and D after an access, as the kernel sees them");
        }
    }

    /** A touch gives a page a frame; a store to a frame that others have too gives it one of its own. */
    private void touch(NaiveMemory.Page page, boolean isWrite) {
        if (page.isShared) {
            page.identity = identityOfObjectPage.computeIfAbsent(page.objectPage, fresh -> nextIdentity++);
        } else if (page.identity == 0 || (isWrite && countHolders(page.identity) > 1)) {
            page.identity = nextIdentity++;
        }
    }

    private long countHolders(long identity) {
        return processes.stream()
                .flatMap(process -> process.memory.pages.values().stream())
                .filter(page -> page.identity == identity)
                .count();
    }

    private void run(Task task) {
        if (kernel.current(task.cpu()) != task) {
            kernel.switchTo(task.cpu(), task);
        }
    }

    // ---- what must hold ----

    private void check() {
        Map<Long, Long> frameOfIdentity = new HashMap<>();
        Map<Long, Long> identityOfFrame = new HashMap<>();
        for (Running process : processes) {
            Task task = process.tasks.get(0);
            assertEquals(List.of(), audit.violations(task.mm().pageTable()));
            for (int slot = 0; slot < PLACES.length * PLACE_PAGES; slot++) {
                long va = va(slot);
                NaiveMemory.Page state = process.memory.pages.get(va >>> 12);
                long entry = kernel.translate(task.mm(), va);
                if (state == null || state.identity == 0) {
                    assertTrue(
                            entry == Pte.NONE || (state != null && state.isShared),
                            "page " + Long.toHexString(va) + " is mapped: " + Long.toHexString(entry));
                    continue;
                }
                checkEntry(state, va, entry, frameOfIdentity, identityOfFrame);
            }
        }
        for (int cpu = 0; cpu < board.topology().cpus(); cpu++) {
            checkTlb(cpu);
        }
    }

    private static void checkEntry(
            NaiveMemory.Page state,
            long va,
            long entry,
            Map<Long, Long> frameOfIdentity,
            Map<Long, Long> identityOfFrame) {
        if (entry == Pte.NONE && state.isShared) {
            return;
        }
        assertTrue(Pte.isMapped(entry), "page " + Long.toHexString(va) + " was touched and is not mapped");
        assertEquals((state.prot & 7) != 0, Pte.isPresent(entry), "page " + Long.toHexString(va) + " present");
        assertTrue(
                (entry & Pte.WRITE) == 0 || (state.prot & Abi.PROT_WRITE) != 0,
                "page " + Long.toHexString(va) + " may be written against its protection");
        Long frame = frameOfIdentity.putIfAbsent(state.identity, Pte.pfn(entry));
        assertTrue(frame == null || frame == Pte.pfn(entry), "two frames for one page content");
        Long identity = identityOfFrame.putIfAbsent(Pte.pfn(entry), state.identity);
        assertTrue(identity == null || identity == state.identity, "one frame for two page contents");
    }

    /** What a processor may use now must be what the tables say now. */
    private void checkTlb(int number) {
        Task task = kernel.current(number);
        if (task == null) {
            return;
        }
        ReferenceBoard.Cpu cpu = board.cpu(number);
        assertNotEquals(Frames.NO_FRAME, cpu.root);
        cpu.tlb(cpu.pcid).forEach((page, cached) -> {
            long entry = kernel.translate(task.mm(), page << 12);
            assertTrue(Pte.isPresent(entry), "cpu " + number + " still translates page " + Long.toHexString(page));
            assertEquals(
                    Pte.pfn(entry),
                    Pte.pfn(cached),
                    "cpu " + number + " has an old frame of page " + Long.toHexString(page));
            assertTrue(
                    (cached & Pte.WRITE) == 0 || (entry & Pte.WRITE) != 0,
                    "cpu " + number + " may still write page " + Long.toHexString(page));
        });
    }

    private static long va(int slot) {
        return PLACES[slot / PLACE_PAGES] + ((long) (slot % PLACE_PAGES) << 12);
    }

    private static long bytes(int pages) {
        return (long) pages << 12;
    }

    private static void forEach(long va, int pages, LongConsumer action) {
        for (long page = va >>> 12; page < (va >>> 12) + pages; page++) {
            action.accept(page);
        }
    }
}
