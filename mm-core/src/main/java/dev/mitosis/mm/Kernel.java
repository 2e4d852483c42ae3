package dev.mitosis.mm;

import dev.mitosis.hal.Board;
import dev.mitosis.hal.Frames;
import dev.mitosis.hal.TrapHandler;
import dev.mitosis.mm.syscall.Brk;
import dev.mitosis.mm.syscall.Madvise;
import dev.mitosis.mm.syscall.Mbind;
import dev.mitosis.mm.syscall.Mincore;
import dev.mitosis.mm.syscall.Mlock;
import dev.mitosis.mm.syscall.Mmap;
import dev.mitosis.mm.syscall.Mprotect;
import dev.mitosis.mm.syscall.Mremap;
import dev.mitosis.mm.syscall.Msync;
import dev.mitosis.mm.syscall.Munmap;
import dev.mitosis.x86.PageTableOps;
import dev.mitosis.x86.Pte;
import org.jspecify.annotations.Nullable;

/**
 * The kernel booted on a board: tasks, their system calls, and their page faults.
 *
 * <p>Each system call is a file of {@code mm.syscall}; each verb on page tables is a file here. This class is the table of
 * contents.
 *
 * <p>Errors: a call that a program got wrong throws {@link KernelException} with the errno, and has changed nothing unless the
 * man page says so.
 *
 * <p>Concurrency: one thread owns the machine.
 */
public final class Kernel implements TrapHandler {
    private final Platform platform;
    private final FaultHandler faults;
    private final RunQueues queues;
    private final Processes processes;

    /** Boots on a board: its page faults come here from now on. */
    public Kernel(
            Board board, FrameAllocator frames, PageTableOps ops, PageTableEvents events, KernelSettings settings) {
        platform = new Platform(board, frames, ops, settings);
        platform.install(events);
        faults = new FaultHandler(platform);
        queues = platform.queues();
        processes = new Processes(platform, queues);
        board.install(this);
    }

    /** Replaces the listener of page-table events; for boot, before the first task. */
    public void install(PageTableEvents events) {
        platform.install(events);
    }

    public Platform platform() {
        return platform;
    }

    // ---- tasks ----

    /** Makes a process with an empty address space and one thread, and runs it on a processor. */
    public Task spawn(int cpu) {
        return processes.spawn(cpu, Mempolicy.LOCAL);
    }

    /** Like {@link #spawn(int)}, under a memory policy that its first table obeys already. */
    public Task spawn(int cpu, Mempolicy policy) {
        return processes.spawn(cpu, policy);
    }

    /** Makes a thread that shares the parent's address space, and runs it on a processor. */
    public Task clone(Task parent, int cpu) {
        return processes.clone(parent, cpu);
    }

    /** Makes a child process whose memory is the parent's, copied on write, and runs it on a processor. */
    public Task fork(Task parent, int cpu) {
        return processes.fork(parent, cpu);
    }

    /** Gives a task a fresh, empty address space. */
    public void exec(Task task) {
        processes.exec(task);
    }

    /** Ends a task; the last of an address space tears it down. */
    public void exit(Task task) {
        processes.exit(task);
    }

    // ---- scheduling ----

    /** Makes a processor run a task, or nothing. */
    public void switchTo(int cpu, @Nullable Task task) {
        queues.switchTo(cpu, task);
    }

    /** Moves a task to another processor and runs it there. */
    public void migrate(Task task, int cpu) {
        int fromNode = platform.topology().nodeOfCpu(task.cpu());
        int toNode = platform.topology().nodeOfCpu(cpu);
        if (task.cpu() != cpu && queues.current(task.cpu()) == task) {
            queues.switchTo(task.cpu(), null);
        }
        queues.switchTo(cpu, task);
        if (fromNode != toNode) {
            platform.events().taskMigrated(task, fromNode, toNode);
        }
    }

    /** The task that a processor runs, or null. */
    public @Nullable Task current(int cpu) {
        return queues.current(cpu);
    }

    /** Makes all processors that run an address space load its root again and forget their translations of it. */
    public void reloadRoots(MmStruct mm) {
        queues.reloadRoots(mm);
    }

    /** The PCID under which a processor runs the address space that it has loaded. */
    public int pcid(int cpu) {
        return queues.pcid(cpu);
    }

    // ---- memory calls ----

    public long mmap(Task task, long va, long lengthBytes, int prot, int flags) {
        return mmap(task, va, lengthBytes, prot, flags, null, 0);
    }

    /**
     * Maps an object.
     *
     * @param file what backs the area: null for anonymous memory; shared areas of one file share its pages
     */
    public long mmap(
            Task task, long va, long lengthBytes, int prot, int flags, @Nullable PageCache file, long offsetBytes) {
        platform.meter().systemCall(task.cpu());
        return Mmap.call(this, task, va, lengthBytes, prot, flags, file, offsetBytes);
    }

    public void munmap(Task task, long va, long lengthBytes) {
        platform.meter().systemCall(task.cpu());
        Munmap.call(platform, task, va, lengthBytes);
    }

    public void mprotect(Task task, long va, long lengthBytes, int prot) {
        platform.meter().systemCall(task.cpu());
        Mprotect.call(this, task, va, lengthBytes, prot);
    }

    public long mremap(Task task, long oldVa, long oldBytes, long newBytes, int flags, long newVa) {
        platform.meter().systemCall(task.cpu());
        return Mremap.call(this, task, oldVa, oldBytes, newBytes, flags, newVa);
    }

    /** Moves the end of the heap, and returns the break after the call: the old one when it could not be moved. */
    public long brk(Task task, long va) {
        platform.meter().systemCall(task.cpu());
        return Brk.call(platform, task, va);
    }

    public void madvise(Task task, long va, long lengthBytes, int advice) {
        platform.meter().systemCall(task.cpu());
        Madvise.call(this, task, va, lengthBytes, advice);
    }

    public void mlock(Task task, long va, long lengthBytes) {
        platform.meter().systemCall(task.cpu());
        Mlock.call(this, task, va, lengthBytes, true);
    }

    public void munlock(Task task, long va, long lengthBytes) {
        platform.meter().systemCall(task.cpu());
        Mlock.call(this, task, va, lengthBytes, false);
    }

    /** One byte a page, 1 for a page in memory. */
    public byte[] mincore(Task task, long va, long lengthBytes) {
        platform.meter().systemCall(task.cpu());
        return Mincore.call(this, task, va, lengthBytes);
    }

    public void msync(Task task, long va, long lengthBytes, int flags) {
        platform.meter().systemCall(task.cpu());
        Msync.call(platform, task, va, lengthBytes, flags);
    }

    public void mbind(Task task, long va, long lengthBytes, Mempolicy policy) {
        platform.meter().systemCall(task.cpu());
        Mbind.call(platform, task, va, lengthBytes, policy);
    }

    public void setMempolicy(Task task, Mempolicy policy) {
        platform.meter().systemCall(task.cpu());
        Mbind.checkNodes(platform, policy);
        task.setMempolicy(policy);
    }

    /**
     * Touches every page of a range for a task.
     *
     * @throws KernelException ENOMEM for a hole in the range or when frames run out
     */
    public void populate(Task task, long va, long lengthBytes, boolean isWrite) {
        long end = va + lengthBytes;
        for (long at = va; at < end; ) {
            Vma area = task.mm().areas().find(at);
            if (area == null) {
                throw new KernelException(Errno.ENOMEM, "nothing is mapped at " + Long.toHexString(at));
            }
            if (!Protection.allows(area.flags(), isWrite, false)) {
                throw new KernelException(Errno.EFAULT, area + " may not be touched");
            }
            long to = Math.min(end, area.endVa());
            PopulateRange.run(platform, faults, task, area, at, to, isWrite);
            at = to;
        }
    }

    /**
     * Moves all data pages of an address space to a node; its page tables stay.
     *
     * @return the number of leaves whose page moved
     */
    public long migrateData(MmStruct mm, int toNode) {
        int cpu = mm.cpus().isEmpty() ? 0 : mm.cpus().nextSetBit(0);
        long moved = 0;
        for (Vma area : mm.areas().all()) {
            moved += MigratePages.run(platform, mm, cpu, area, toNode);
        }
        platform.events().dataMigrationFinished(mm);
        return moved;
    }

    // ---- faults ----

    @Override
    public boolean pageFault(int cpu, long va, int errorCode) {
        Task task = queues.current(cpu);
        if (task == null) {
            throw new IllegalStateException("page fault at " + Long.toHexString(va) + " on idle cpu " + cpu);
        }
        platform.meter().pageFault(cpu);
        return faults.handle(task, va, errorCode);
    }

    /** The leaf entry that maps an address, as the kernel sees it; {@link Pte#NONE} when nothing does. */
    public long translate(MmStruct mm, long va) {
        if (mm.pageTable().root() == Frames.NO_FRAME) {
            return Pte.NONE;
        }
        TablePath path = new TablePath(platform);
        path.find(mm.pageTable(), 0, va);
        return Pte.isLeaf(path.entry, path.level) ? path.entry : Pte.NONE;
    }

    /** Where the tables are that processors of a node walk for an address space. */
    public Census census(MmStruct mm, int node) {
        return Census.take(platform, mm, node);
    }
}
