package dev.mitosis.replication;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.mitosis.kernel.Kernel;
import dev.mitosis.kernel.syscall.Abi;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.pagecache.PageCache;
import dev.mitosis.mm.stat.VmEvent;
import dev.mitosis.replication.NaiveMemory.Page;
import dev.mitosis.replication.NaiveMemory.Shared;
import dev.mitosis.replication.mechanism.ReplicatedPageTableOps;
import dev.mitosis.replication.policy.PlacementPolicy;
import dev.mitosis.replication.reshape.TableMigrator;
import dev.mitosis.x86.NativePageTableOps;
import dev.mitosis.x86.PageTableOps;
import dev.mitosis.x86.Pte;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Runs a script on a tiny machine beside the naive model, and checks after every step what must hold.
 *
 * <p>Every store stores a number of its own, and whatever the kernel does to pages afterwards, each page must contain the number
 * that the naive model says. What else must hold is in {@link MachineCheck}.
 */
final class ScriptMachine {
    private static final int MAX_PROCESSES = 3;
    private static final long FILE_PAGES = 12;
    private static final int RW = Abi.PROT_READ | Abi.PROT_WRITE;

    private static final int[] PROTECTIONS = {RW, Abi.PROT_READ, RW, RW, RW, RW, Abi.PROT_NONE, RW, RW};

    final Setting setting;
    final ScriptBoard board;
    final FrameAllocator frames;
    final PageTableOps waist;
    final Kernel kernel;
    final TestContents contents = new TestContents();
    final List<Running> processes = new ArrayList<>();
    private final @Nullable ReplicatedPageTableOps replicated;
    final @Nullable Replicator replicator;
    final @Nullable TableMigrator migrator;
    private final MachineCheck check;
    private final List<Shared> files = new ArrayList<>();
    private long nextValue = 1;
    private @Nullable FailOnce failOnce;
    private Access last = new Access(0, 0, 0);

    /** A process: its tasks, and what its memory should be. */
    record Running(List<Task> tasks, NaiveMemory memory) {}

    private record Access(int process, int task, int slot) {}

    ScriptMachine(PlacementPolicy policy, UnaryOperator<PageTableOps> fault, boolean flushes) {
        this(Setting.DEFAULT, policy, fault, flushes);
    }

    ScriptMachine(Setting setting, PlacementPolicy policy, UnaryOperator<PageTableOps> fault, boolean flushes) {
        this(setting, policy, fault, new ReferenceBoard(setting.nodes(), setting.framesPerNode(), flushes));
    }

    ScriptMachine(Setting setting, PlacementPolicy policy, UnaryOperator<PageTableOps> fault, ScriptBoard board) {
        this.setting = setting;
        this.board = board;
        frames = new FrameAllocator(board.topology(), board.memory());
        replicated = setting.isReplicated()
                ? new ReplicatedPageTableOps(board.topology(), board.memory(), frames, board.meter())
                : null;
        waist = replicated != null ? replicated : new NativePageTableOps(board.memory(), frames, board.meter());
        kernel = new Kernel(board, frames, fault.apply(waist), PageTableEvents.NONE, setting.kernel());
        kernel.install(contents);
        replicator = replicated == null ? null : new Replicator(kernel, replicated);
        migrator = replicator == null ? null : replicator.migrateTables();
        if (replicator != null) {
            replicator.setFullNode(setting.fullNode());
            replicator.setUpdates(setting.updates());
            kernel.listen(board.attach(policy, kernel, replicator));
        }
        check = new MachineCheck(this, replicated);
        for (int i = 0; i < 2; i++) {
            PageCache file = PageCache.file("file " + i, FILE_PAGES);
            Shared object = new Shared(file);
            for (long page = 0; page < FILE_PAGES; page++) {
                object.values.put(page, nextValue++);
            }
            contents.add(object, file);
            files.add(object);
        }
        List<Task> tasks = new ArrayList<>();
        tasks.add(kernel.spawn(0, policy.initialMempolicy(board.topology())));
        processes.add(new Running(tasks, new NaiveMemory()));
    }

    /** Runs and checks a whole script, then ends all processes and checks that nothing is left. */
    void run(List<Step> script) {
        for (Step step : script) {
            apply(step);
            check.run();
        }
        finish();
    }

    /** Applies and checks one step. */
    void step(Step step) {
        apply(step);
        check.run();
    }

    /** Lets an allocation fail as told, from now on. */
    void install(FailOnce faults) {
        failOnce = faults;
        frames.install(faults);
        kernel.context().swap().install(faults);
    }

    /** Like {@link #step}, where an allocation may fail on purpose: then the call is refused, and all holds as before. */
    void stepThatMayFail(Step step) {
        try {
            apply(step);
        } catch (KernelException refused) {
            assertTrue(hasFailedOnPurpose(), step + " was refused: " + refused.getMessage());
            assertTrue(
                    refused.errno() == Errno.ENOMEM || refused.errno() == Errno.EAGAIN,
                    step + " was refused with " + refused.errno());
        }
        try {
            check.run();
        } catch (AssertionError found) {
            throw new AssertionError("after " + step, found);
        }
    }

    boolean hasFailedOnPurpose() {
        return failOnce != null && failOnce.hasFailed();
    }

    void finish() {
        for (Running process : processes) {
            process.tasks.forEach(kernel::exit);
        }
        if (replicator != null) {
            replicator.drainReserves();
        }
        check.nothingIsLeft();
    }

    // ---- steps ----

    private void apply(Step step) {
        Running process = processes.get(Math.floorMod(step.process(), processes.size()));
        Task task = process.tasks.get(Math.floorMod(step.choice(), process.tasks.size()));
        Range range = Range.of(step);
        int prot = PROTECTIONS[Math.floorMod(step.choice(), PROTECTIONS.length)];
        switch (step.kind()) {
            case MMAP -> mmap(process, task, range, prot, null, true);
            case MMAP_SHARED -> mmap(process, task, range, prot, null, false);
            case MMAP_FILE -> mmap(process, task, range, prot, files.get(step.choice() % 2), step.choice() % 3 != 0);
            case MUNMAP -> {
                kernel.munmap(task, range.va(), range.bytes());
                range.forEach(process.memory.pages::remove);
            }
            case MPROTECT ->
                change(
                        process,
                        range,
                        page -> page.prot = prot,
                        () -> kernel.mprotect(task, range.va(), range.bytes(), prot));
            case READ, WRITE -> {
                last = new Access(step.process(), step.choice(), step.place());
                access(process, task, range.va(), step.kind() == Step.Kind.WRITE);
            }
            case READ_AGAIN, WRITE_AGAIN -> accessAgain(step.kind() == Step.Kind.WRITE_AGAIN, false);
            case NUMA_SCAN_AND_READ_AGAIN -> {
                accessAgain(false, true);
                accessAgain(false, true);
            }
            case DONTNEED -> zap(process, task, range, Abi.MADV_DONTNEED);
            case FREE -> zap(process, task, range, Abi.MADV_FREE);
            case COLD -> advise(task, range, Abi.MADV_COLD);
            case PAGEOUT -> {
                run(task);
                advise(task, range, Abi.MADV_PAGEOUT);
            }
            case COLLAPSE_ADVICE -> advise(task, range, Abi.MADV_COLLAPSE);
            case HUGEPAGE_ADVICE ->
                advise(task, range, step.choice() % 2 == 0 ? Abi.MADV_HUGEPAGE : Abi.MADV_NOHUGEPAGE);
            case FORK_ADVICE -> forkAdvice(process, task, range, step.choice());
            case MERGEABLE -> advise(task, range, step.choice() % 3 > 0 ? Abi.MADV_MERGEABLE : Abi.MADV_UNMERGEABLE);
            case MLOCK -> mlock(process, task, range);
            case MUNLOCK ->
                change(
                        process,
                        range,
                        page -> page.isLocked = false,
                        () -> kernel.munlock(task, range.va(), range.bytes()));
            case MREMAP -> MoveSteps.mremap(this, process, task, step, range, false);
            case MREMAP_DONTUNMAP -> MoveSteps.mremap(this, process, task, step, range, true);
            case POPULATE -> populate(process, task, range);
            case TRUNCATE -> truncate(task, files.get(step.choice() % 2), step.length() * 2L);
            case SWITCH -> kernel.migrate(task, cpu(step.length()));
            case CLONE -> {
                if (process.tasks.size() < 3) {
                    process.tasks.add(kernel.clone(task, cpu(step.length())));
                }
            }
            case FORK -> fork(process, task, step.length());
            case EXEC -> {
                if (process.tasks.size() == 1) {
                    kernel.exec(task);
                    process.memory.pages.clear();
                }
            }
            case EXIT -> exit(process, task);
            default -> PlacementSteps.apply(this, step, task, range);
        }
    }

    private void mmap(Running process, Task task, Range range, int prot, @Nullable Shared file, boolean isPrivate) {
        int type = isPrivate ? Abi.MAP_PRIVATE : Abi.MAP_SHARED;
        int flags = Abi.MAP_FIXED | type | (file == null ? Abi.MAP_ANONYMOUS : 0);
        PageCache cache = file == null ? null : file.file;
        assertEquals(range.va(), kernel.mmap(task, range.va(), range.bytes(), prot, flags, cache, 0));
        Shared object = file != null || isPrivate ? file : new Shared(null);
        range.forEach(
                page -> process.memory.pages.put(page, new Page(prot, isPrivate, object, page - (range.va() >>> 12))));
    }

    /** A call that changes all pages up to the first hole, and is ENOMEM when there is one. */
    private void change(Running process, Range range, Consumer<Page> change, Runnable call) {
        List<Page> changed = new ArrayList<>();
        for (long page = range.va() >>> 12; page < (range.va() >>> 12) + range.pages(); page++) {
            Page state = process.memory.pages.get(page);
            if (state == null) {
                break;
            }
            changed.add(state);
        }
        boolean isWhole = changed.size() == range.pages();
        boolean hasSucceeded = succeeds(call);
        if (!hasSucceeded && isWhole && hasFailedOnPurpose()) {
            return;
        }
        assertEquals(isWhole, hasSucceeded);
        changed.forEach(change);
    }

    private void zap(Running process, Task task, Range range, int advice) {
        boolean isFree = advice == Abi.MADV_FREE;
        boolean isWhole = true;
        List<Page> zapped = new ArrayList<>();
        for (long page = range.va() >>> 12; page < (range.va() >>> 12) + range.pages(); page++) {
            Page state = process.memory.pages.get(page);
            if (state == null) {
                isWhole = false;
                continue;
            }
            if (state.isLocked || (isFree && (!state.isPrivate || state.object != null))) {
                isWhole = false;
                break;
            }
            if (state.isPrivate) {
                zapped.add(state);
            }
        }
        boolean hasSucceeded = succeeds(() -> kernel.madvise(task, range.va(), range.bytes(), advice));
        if (!hasSucceeded && isWhole && hasFailedOnPurpose()) {
            // A part may be gone: private memory contains what it did, or nothing.
            zapped.stream().filter(state -> state.object == null).forEach(Page::freeLazily);
            return;
        }
        assertEquals(isWhole, hasSucceeded);
        zapped.forEach(isFree ? Page::freeLazily : Page::forget);
    }

    private void advise(Task task, Range range, int advice) {
        tolerating(() -> kernel.madvise(task, range.va(), range.bytes(), advice));
    }

    private void forkAdvice(Running process, Task task, Range range, int choice) {
        boolean isPlain = true;
        for (long page = range.va() >>> 12; page < (range.va() >>> 12) + range.pages(); page++) {
            Page state = process.memory.pages.get(page);
            isPlain &= state != null && state.isPrivate && state.object == null;
        }
        if (!isPlain) {
            return;
        }
        int[] advice = {Abi.MADV_DONTFORK, Abi.MADV_DOFORK, Abi.MADV_WIPEONFORK, Abi.MADV_KEEPONFORK};
        kernel.madvise(task, range.va(), range.bytes(), advice[choice % 4]);
        range.forEach(page -> {
            Page state = assertPresent(process, page);
            switch (choice % 4) {
                case 0, 1 -> state.isDontFork = choice % 4 == 0;
                default -> state.isWipeOnFork = choice % 4 == 2;
            }
        });
    }

    private void mlock(Running process, Task task, Range range) {
        for (long page = range.va() >>> 12; page < (range.va() >>> 12) + range.pages(); page++) {
            Page state = process.memory.pages.get(page);
            if (state == null || !state.allows(false)) {
                return;
            }
        }
        run(task);
        // The areas are marked before the first page is touched, and stay so when one cannot be had.
        range.forEach(page -> assertPresent(process, page).isLocked = true);
        kernel.mlock(task, range.va(), range.bytes());
        range.forEach(page -> {
            Page state = assertPresent(process, page);
            if (state.isPrivate && (state.prot & Abi.PROT_WRITE) != 0) {
                touch(task, state, page);
            }
        });
    }

    private void populate(Running process, Task task, Range range) {
        for (long page = range.va() >>> 12; page < (range.va() >>> 12) + range.pages(); page++) {
            Page state = process.memory.pages.get(page);
            if (state == null || !state.allows(true)) {
                return;
            }
        }
        run(task);
        kernel.populate(task, range.va(), range.bytes(), true);
        range.forEach(page -> {
            Page state = assertPresent(process, page);
            if (state.isPrivate) {
                touch(task, state, page);
            }
        });
    }

    /** The kernel touched a private page for writing: it has become the process's own, as it was. */
    void touch(Task task, Page state, long page) {
        long entry = kernel.entryAt(task.mm(), page << 12);
        // A page may have been written out again for the sake of one after it.
        long found = Pte.isSwap(entry) ? contents.ofSlot(Pte.swapSlot(entry)) : contents.get(frameOf(task, page << 12));
        assertTrue(state.mayContain(found), "page " + Long.toHexString(page) + " contains " + found);
        state.observe(found);
        state.value = found;
        state.isOwn = true;
    }

    private long frameOf(Task task, long va) {
        long entry = kernel.translate(task.mm(), va);
        assertTrue(Pte.isMapped(entry), "page " + Long.toHexString(va) + " is not mapped");
        return MachineCheck.frameAt(entry, va);
    }

    private void truncate(Task task, Shared object, long pages) {
        PageCache file = object.file;
        if (file == null) {
            return;
        }
        kernel.truncate(task, file, pages);
        object.values.keySet().removeIf(page -> page >= pages);
        for (Running process : processes) {
            for (Page state : process.memory.pages.values()) {
                if (state.object == object && state.objectPage >= pages) {
                    state.forget();
                }
            }
        }
    }

    private void fork(Running process, Task task, int choice) {
        if (processes.size() < MAX_PROCESSES) {
            run(task);
            List<Task> tasks = new ArrayList<>();
            tasks.add(kernel.fork(task, cpu(choice)));
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

    /** The last access once more; {@code isHinted} as the first after NUMA balancing has hidden the pages. */
    private void accessAgain(boolean isWrite, boolean isHinted) {
        Running again = processes.get(Math.floorMod(last.process(), processes.size()));
        Task by = again.tasks.get(Math.floorMod(last.task(), again.tasks.size()));
        if (isHinted) {
            kernel.daemons().numaScan(by, 1 << 12);
        }
        access(
                again,
                by,
                Range.of(new Step(Step.Kind.READ, 0, last.slot(), 0, last.task()))
                        .va(),
                isWrite);
    }

    private void access(Running process, Task task, long va, boolean isWrite) {
        run(task);
        Page state = process.memory.pages.get(va >>> 12);
        boolean isAllowed = state != null && state.allows(isWrite);
        long killed = kernel.vmstat().get(VmEvent.OOM_KILL);
        // Half of the pages stand for a piece of a run with many misses, so that policies which hear of counters change
        // their minds.
        kernel.context().events().counted(task.mm(), 1000, (va >>> 12) % 2 * 500);
        long pfn = board.access(task.cpu(), va, isWrite);
        if (isAllowed && kernel.vmstat().get(VmEvent.OOM_KILL) > killed && hasFailedOnPurpose()) {
            return;
        }
        assertEquals(isAllowed, pfn != ScriptBoard.SIGNAL, "access of " + Long.toHexString(va) + " allowed");
        if (!isAllowed || state == null) {
            return;
        }
        long found = contents.get(pfn);
        assertTrue(
                state.mayContain(found),
                "page " + Long.toHexString(va) + " contains " + found + ", but should " + state.expected());
        state.observe(found);
        long entry = kernel.translate(task.mm(), va);
        assertEquals(pfn, MachineCheck.frameAt(entry, va), "the processor's frame and the kernel's");
        long expected = (board.lastWalked() ? Pte.ACCESSED : 0) | (isWrite ? Pte.DIRTY : 0);
        assertEquals(expected, entry & expected, "A and D after an access, as the kernel sees them");
        if (isWrite) {
            long value = 1 + nextValue++ % 4;
            contents.put(pfn, value);
            state.write(value);
        }
    }

    // ---- small things ----

    private void run(Task task) {
        if (kernel.current(task.cpu()) != task) {
            kernel.switchTo(task.cpu(), task);
        }
    }

    private int cpu(int choice) {
        return Math.floorMod(choice, board.topology().cpus());
    }

    static Page assertPresent(Running process, long page) {
        Page state = process.memory.pages.get(page);
        if (state == null) {
            throw new AssertionError("page " + Long.toHexString(page) + " should be mapped");
        }
        return state;
    }

    private static boolean succeeds(Runnable call) {
        try {
            call.run();
            return true;
        } catch (KernelException refused) {
            return false;
        }
    }

    /** Advice may be refused; whatever comes of it, nothing that can be seen may change. */
    static void tolerating(Runnable call) {
        try {
            call.run();
        } catch (KernelException refused) {
            assertTrue(refused.errno().number() > 0);
        }
    }
}
