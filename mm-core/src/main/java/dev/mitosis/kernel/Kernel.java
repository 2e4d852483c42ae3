package dev.mitosis.kernel;

import dev.mitosis.hal.Board;
import dev.mitosis.hal.Frames;
import dev.mitosis.hal.TrapHandler;
import dev.mitosis.kernel.entry.KernelEntry;
import dev.mitosis.kernel.entry.SyscallLock;
import dev.mitosis.kernel.syscall.Brk;
import dev.mitosis.kernel.syscall.GetMempolicy;
import dev.mitosis.kernel.syscall.KernelServices;
import dev.mitosis.kernel.syscall.Madvise;
import dev.mitosis.kernel.syscall.Mbind;
import dev.mitosis.kernel.syscall.MigratePagesCall;
import dev.mitosis.kernel.syscall.Mincore;
import dev.mitosis.kernel.syscall.Mlock;
import dev.mitosis.kernel.syscall.Mlockall;
import dev.mitosis.kernel.syscall.Mmap;
import dev.mitosis.kernel.syscall.MovePages;
import dev.mitosis.kernel.syscall.Mprotect;
import dev.mitosis.kernel.syscall.Mremap;
import dev.mitosis.kernel.syscall.Msync;
import dev.mitosis.kernel.syscall.Munmap;
import dev.mitosis.kernel.syscall.SetMempolicyHomeNode;
import dev.mitosis.kernel.syscall.Truncate;
import dev.mitosis.mm.KernelSettings;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.PageTableEvents;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.fault.FaultHandler;
import dev.mitosis.mm.fault.FaultOutcome;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.pagecache.PageCache;
import dev.mitosis.mm.pagecache.PageContents;
import dev.mitosis.mm.range.MigratePages;
import dev.mitosis.mm.range.PageTableCensus;
import dev.mitosis.mm.range.TablePath;
import dev.mitosis.mm.reclaim.Khugepaged;
import dev.mitosis.mm.reclaim.Ksm;
import dev.mitosis.mm.reclaim.Reclaim;
import dev.mitosis.mm.stat.VmStat;
import dev.mitosis.mm.tlb.CpuState;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.x86.PageTableOps;
import dev.mitosis.x86.Pte;
import org.jspecify.annotations.Nullable;

/**
 * The kernel booted on a board: tasks, their system calls, and their page faults.
 *
 * <p>Each system call is a file of {@code kernel.syscall}; each operation on page tables is a file of {@code mm.range}. This class is the
 * table of contents.
 *
 * <p>Errors: a call that a program got wrong throws {@link KernelException} with the errno, and has changed nothing unless the
 * man page says so.
 *
 * <p>Concurrency: where the board's memory is shared by threads, any number of them may call at once, each for its own task;
 * a processor runs one thread at a time. The order of locks is in the description of {@code mm}.
 */
public final class Kernel implements TrapHandler {
    private final Context context;
    private final FaultHandler faults;
    private final KernelServices services;
    private final KernelEntry entry;
    private final SyscallLock calls;
    private final CpuState cpus;
    private final Processes processes;
    private final Daemons daemons;

    /** Boots on a board: its page faults come here from now on. */
    public Kernel(
            Board board, FrameAllocator frames, PageTableOps ops, PageTableEvents events, KernelSettings settings) {
        context = new Context(board, frames, ops, settings);
        context.listen(events);
        faults = new FaultHandler(context);
        Reclaim reclaim = new Reclaim(context);
        Ksm ksm = new Ksm(context);
        context.pages().install(reclaim, ksm);
        Khugepaged khugepaged = new Khugepaged(context);
        services = new KernelServices(context, faults, khugepaged, reclaim);
        entry = new KernelEntry(board, settings.tlb());
        calls = new SyscallLock(entry);
        cpus = context.cpus();
        processes = new Processes(context, entry);
        daemons = new Daemons(context, khugepaged, reclaim, ksm);
        board.install(this);
    }

    /** Adds a listener of page-table events, who hears of each after those that are there; for boot, before the first task. */
    public void listen(PageTableEvents events) {
        context.listen(events);
    }

    /** Says who keeps the contents of data pages; for boot, before the first task. */
    public void install(PageContents contents) {
        context.install(contents);
    }

    public Context context() {
        return context;
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
        cpus.switchTo(cpu, task);
    }

    /** Moves a task to another processor and runs it there. */
    public void migrate(Task task, int cpu) {
        int fromNode = context.topology().nodeOfCpu(task.cpu());
        int toNode = context.topology().nodeOfCpu(cpu);
        if (task.cpu() != cpu) {
            cpus.stop(task.cpu(), task);
        }
        cpus.switchTo(cpu, task);
        if (fromNode != toNode) {
            context.events().taskMigrated(task, fromNode, toNode);
        }
    }

    /** The task that a processor runs, or null. */
    public @Nullable Task current(int cpu) {
        return cpus.current(cpu);
    }

    /** Makes all processors that run an address space load its root again and forget their translations of it. */
    public void reloadRoots(MmStruct mm) {
        cpus.reloadRoots(mm);
    }

    /** The same for every address space. */
    public void reloadRoots() {
        context.addressSpaces().all().forEach(cpus::reloadRoots);
    }

    /** The PCID under which a processor runs the address space that it has loaded. */
    public int pcid(int cpu) {
        cpus.lock(cpu);
        try {
            return cpus.pcid(cpu);
        } finally {
            cpus.unlock(cpu);
        }
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
        return calls.write(task, () -> Mmap.call(services, task, va, lengthBytes, prot, flags, file, offsetBytes));
    }

    public void munmap(Task task, long va, long lengthBytes) {
        calls.write(task, () -> Munmap.call(context, task, va, lengthBytes));
    }

    public void mprotect(Task task, long va, long lengthBytes, int prot) {
        calls.write(task, () -> Mprotect.call(services, task, va, lengthBytes, prot));
    }

    public long mremap(Task task, long oldVa, long oldBytes, long newBytes, int flags, long newVa) {
        return calls.write(task, () -> Mremap.call(services, task, oldVa, oldBytes, newBytes, flags, newVa));
    }

    /** Moves the end of the heap, and returns the break after the call: the old one when it could not be moved. */
    public long brk(Task task, long va) {
        return calls.write(task, () -> Brk.call(services, task, va));
    }

    public void madvise(Task task, long va, long lengthBytes, int advice) {
        Runnable call = () -> Madvise.call(services, task, va, lengthBytes, advice);
        if (Madvise.changesAreas(advice)) {
            calls.write(task, call);
        } else {
            calls.read(task, call);
        }
    }

    public void mlock(Task task, long va, long lengthBytes) {
        mlock2(task, va, lengthBytes, 0);
    }

    /** Locks a range; with MLOCK_ONFAULT its pages as they are touched. */
    public void mlock2(Task task, long va, long lengthBytes, int flags) {
        calls.write(task, () -> Mlock.lock(services, task, va, lengthBytes, flags));
    }

    /** Locks all areas, those to come, or both. */
    public void mlockall(Task task, int flags) {
        calls.write(task, () -> Mlockall.lock(services, task, flags));
    }

    public void munlockall(Task task) {
        calls.write(task, () -> Mlockall.unlock(services, task));
    }

    public void munlock(Task task, long va, long lengthBytes) {
        calls.write(task, () -> Mlock.unlock(services, task, va, lengthBytes));
    }

    /** One byte a page, 1 for a page in memory. */
    public byte[] mincore(Task task, long va, long lengthBytes) {
        return calls.read(task, task.mm(), () -> Mincore.call(services, task, va, lengthBytes));
    }

    public void msync(Task task, long va, long lengthBytes, int flags) {
        calls.read(task, () -> Msync.call(context, task, va, lengthBytes, flags));
    }

    /** Cuts a file short, or lengthens it; what was mapped beyond the end is SIGBUS from now on. */
    public void truncate(Task task, PageCache file, long pages) {
        calls.unlocked(task, () -> Truncate.call(context, task, file, pages));
    }

    // ---- NUMA calls ----

    public void mbind(Task task, long va, long lengthBytes, Mempolicy policy) {
        mbind(task, va, lengthBytes, policy, 0);
    }

    /** Sets the policy of a range, and moves pages that are there as the flags say. */
    public void mbind(Task task, long va, long lengthBytes, Mempolicy policy, int flags) {
        calls.write(task, () -> Mbind.call(context, task, va, lengthBytes, policy, flags));
    }

    public void setMempolicy(Task task, Mempolicy policy) {
        calls.unlocked(task, () -> {
            Mbind.checkNodes(context, policy);
            task.setMempolicy(policy);
        });
    }

    /** The policy of the task, or of an address, or the node of its page, as the flags say. */
    public GetMempolicy.Answer getMempolicy(Task task, long va, int flags) {
        return calls.read(task, task.mm(), () -> GetMempolicy.call(services, task, va, flags));
    }

    public void setMempolicyHomeNode(Task task, long va, long lengthBytes, int homeNode, int flags) {
        calls.write(task, () -> SetMempolicyHomeNode.call(context, task, va, lengthBytes, homeNode, flags));
    }

    /** Moves single pages; for each its node, or a negative errno. Without nodes it only says where the pages are. */
    public int[] movePages(Task task, MmStruct of, long[] pages, int @Nullable [] nodes, int flags) {
        return calls.read(task, of, () -> MovePages.call(services, task.cpu(), of, pages, nodes, flags));
    }

    /** Moves all pages of an address space that lie on some nodes to others; returns how many could not be moved. */
    public long migratePages(Task task, MmStruct of, long fromNodes, long toNodes) {
        return calls.read(task, of, () -> MigratePagesCall.call(context, task.cpu(), of, fromNodes, toNodes));
    }

    // ---- what the kernel does by itself, when its driver says so ----

    /**
     * Touches every page of a range for a task.
     *
     * @throws KernelException ENOMEM for a hole in the range or when frames run out
     */
    public void populate(Task task, long va, long lengthBytes, boolean isWrite) {
        long end = va + lengthBytes;
        int cpu = task.cpu();
        MmStruct mm = task.mm();
        mm.lock().lockRead(cpu);
        try {
            faults.populate(task, va, end, isWrite);
        } finally {
            mm.lock().unlockRead(cpu);
        }
    }

    /**
     * Moves all data pages of an address space to a node; its page tables stay.
     *
     * @return the number of leaves whose page moved
     */
    public long migrateData(MmStruct mm, int toNode) {
        int cpu = Math.max(0, mm.cpus().nextSetBit(0));
        long moved = 0;
        mm.lock().lockRead(cpu);
        try {
            for (Vma area : mm.areas().all()) {
                moved += MigratePages.run(context, mm, cpu, area, toNode);
            }
        } finally {
            mm.lock().unlockRead(cpu);
        }
        context.events().dataMigrationFinished(mm);
        return moved;
    }

    /** What the kernel's daemons do when they are woken. */
    public Daemons daemons() {
        return daemons;
    }

    /** {@code /proc/vmstat}. */
    public VmStat vmstat() {
        return context.vmstat();
    }

    /** Runs a piece of work while nobody else may change an address space. */
    public void withWriteLock(MmStruct mm, Runnable work) {
        mm.lock().lockWrite();
        try {
            work.run();
        } finally {
            mm.lock().unlockWrite();
        }
    }

    // ---- faults ----

    @Override
    public boolean pageFault(int cpu, long va, int errorCode) {
        return fault(cpu, va, errorCode) == FaultOutcome.HANDLED;
    }

    /** Handles a page fault of what a processor runs, and says which signal the program would get. */
    public FaultOutcome fault(int cpu, long va, int errorCode) {
        Task task = cpus.current(cpu);
        if (task == null) {
            throw new IllegalStateException("page fault at " + Long.toHexString(va) + " on idle cpu " + cpu);
        }
        return fault(task, va, errorCode);
    }

    /** Handles a page fault of a task, whether it runs now or not: a hypervisor's thread faults for its guest. */
    public FaultOutcome fault(Task task, long va, int errorCode) {
        entry.pageFault(task.cpu());
        return faults.handle(task, va, errorCode);
    }

    /** The leaf entry that maps an address, as the kernel sees it; {@link Pte#NONE} when nothing does. */
    public long translate(MmStruct mm, long va) {
        long entry = entryAt(mm, va);
        return Pte.isMapped(entry) ? entry : Pte.NONE;
    }

    /** The entry that decides about an address: of a leaf, or of a swap slot; {@link Pte#NONE} when there is nothing. */
    public long entryAt(MmStruct mm, long va) {
        mm.lock().lockRead(0);
        try {
            boolean hasTree = mm.pageTable().root() != Frames.NO_FRAME;
            return hasTree ? new TablePath(context).find(mm.pageTable(), 0, va) : Pte.NONE;
        } finally {
            mm.lock().unlockRead(0);
        }
    }

    /** Where the tables are that processors of a node walk for an address space. */
    public PageTableCensus census(MmStruct mm, int node) {
        return PageTableCensus.take(context, mm, node);
    }
}
