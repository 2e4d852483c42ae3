package dev.mitosis.kernel;

import dev.mitosis.hal.Board;
import dev.mitosis.hal.Frames;
import dev.mitosis.hal.TrapHandler;
import dev.mitosis.kernel.syscall.Brk;
import dev.mitosis.kernel.syscall.GetMempolicy;
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
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.fault.FaultHandler;
import dev.mitosis.mm.fault.FaultOutcome;
import dev.mitosis.mm.fault.PopulateRange;
import dev.mitosis.mm.frame.FrameAllocator;
import dev.mitosis.mm.lock.AddressSpaceLock;
import dev.mitosis.mm.pagecache.PageCache;
import dev.mitosis.mm.pagecache.PageContents;
import dev.mitosis.mm.range.MigratePages;
import dev.mitosis.mm.range.PageTableCensus;
import dev.mitosis.mm.range.TablePath;
import dev.mitosis.mm.stat.VmStat;
import dev.mitosis.mm.tlb.CpuState;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.mm.vma.Protection;
import dev.mitosis.mm.vma.Vma;
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
 * <p>Concurrency: where the board's memory is shared by threads, any number of them may call at once, each for its own task;
 * a processor runs one thread at a time. The order of locks is in this package's description.
 */
public final class Kernel implements TrapHandler {
    private final Context context;
    private final FaultHandler faults;
    private final CpuState queues;
    private final Processes processes;
    private final Daemons daemons;

    /** Boots on a board: its page faults come here from now on. */
    public Kernel(
            Board board, FrameAllocator frames, PageTableOps ops, PageTableEvents events, KernelSettings settings) {
        context = new Context(board, frames, ops, settings);
        context.listen(events);
        faults = new FaultHandler(context);
        queues = context.queues();
        processes = new Processes(context, queues);
        daemons = new Daemons(context);
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
        queues.switchTo(cpu, task);
    }

    /** Moves a task to another processor and runs it there. */
    public void migrate(Task task, int cpu) {
        int fromNode = context.topology().nodeOfCpu(task.cpu());
        int toNode = context.topology().nodeOfCpu(cpu);
        if (task.cpu() != cpu) {
            queues.stop(task.cpu(), task);
        }
        queues.switchTo(cpu, task);
        if (fromNode != toNode) {
            context.events().taskMigrated(task, fromNode, toNode);
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

    /** The same for every address space. */
    public void reloadRoots() {
        context.addressSpaces().all().forEach(queues::reloadRoots);
    }

    /** The PCID under which a processor runs the address space that it has loaded. */
    public int pcid(int cpu) {
        queues.lock(cpu);
        try {
            return queues.pcid(cpu);
        } finally {
            queues.unlock(cpu);
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
        AddressSpaceLock lock = enterForWriting(task);
        try {
            return Mmap.call(this, task, va, lengthBytes, prot, flags, file, offsetBytes);
        } finally {
            lock.unlockWrite();
        }
    }

    public void munmap(Task task, long va, long lengthBytes) {
        AddressSpaceLock lock = enterForWriting(task);
        try {
            Munmap.call(context, task, va, lengthBytes);
        } finally {
            lock.unlockWrite();
        }
    }

    public void mprotect(Task task, long va, long lengthBytes, int prot) {
        AddressSpaceLock lock = enterForWriting(task);
        try {
            Mprotect.call(this, task, va, lengthBytes, prot);
        } finally {
            lock.unlockWrite();
        }
    }

    public long mremap(Task task, long oldVa, long oldBytes, long newBytes, int flags, long newVa) {
        AddressSpaceLock lock = enterForWriting(task);
        try {
            return Mremap.call(this, task, oldVa, oldBytes, newBytes, flags, newVa);
        } finally {
            lock.unlockWrite();
        }
    }

    /** Moves the end of the heap, and returns the break after the call: the old one when it could not be moved. */
    public long brk(Task task, long va) {
        AddressSpaceLock lock = enterForWriting(task);
        try {
            return Brk.call(this, task, va);
        } finally {
            lock.unlockWrite();
        }
    }

    public void madvise(Task task, long va, long lengthBytes, int advice) {
        context.systemCall(task.cpu());
        int cpu = task.cpu();
        AddressSpaceLock lock = task.mm().lock();
        boolean writes = Madvise.changesAreas(advice);
        if (writes) {
            lock.lockWrite();
        } else {
            lock.lockRead(cpu);
        }
        try {
            Madvise.call(this, task, va, lengthBytes, advice);
        } finally {
            if (writes) {
                lock.unlockWrite();
            } else {
                lock.unlockRead(cpu);
            }
        }
    }

    public void mlock(Task task, long va, long lengthBytes) {
        mlock2(task, va, lengthBytes, 0);
    }

    /** Locks a range; with MLOCK_ONFAULT its pages as they are touched. */
    public void mlock2(Task task, long va, long lengthBytes, int flags) {
        AddressSpaceLock lock = enterForWriting(task);
        try {
            Mlock.lock(this, task, va, lengthBytes, flags);
        } finally {
            lock.unlockWrite();
        }
    }

    /** Locks all areas, those to come, or both. */
    public void mlockall(Task task, int flags) {
        AddressSpaceLock lock = enterForWriting(task);
        try {
            Mlockall.lock(this, task, flags);
        } finally {
            lock.unlockWrite();
        }
    }

    public void munlockall(Task task) {
        AddressSpaceLock lock = enterForWriting(task);
        try {
            Mlockall.unlock(this, task);
        } finally {
            lock.unlockWrite();
        }
    }

    public void munlock(Task task, long va, long lengthBytes) {
        AddressSpaceLock lock = enterForWriting(task);
        try {
            Mlock.unlock(this, task, va, lengthBytes);
        } finally {
            lock.unlockWrite();
        }
    }

    /** One byte a page, 1 for a page in memory. */
    public byte[] mincore(Task task, long va, long lengthBytes) {
        int cpu = enterForReading(task);
        AddressSpaceLock lock = task.mm().lock();
        try {
            return Mincore.call(this, task, va, lengthBytes);
        } finally {
            lock.unlockRead(cpu);
        }
    }

    public void msync(Task task, long va, long lengthBytes, int flags) {
        int cpu = enterForReading(task);
        AddressSpaceLock lock = task.mm().lock();
        try {
            Msync.call(context, task, va, lengthBytes, flags);
        } finally {
            lock.unlockRead(cpu);
        }
    }

    /** Cuts a file short, or lengthens it; what was mapped beyond the end is SIGBUS from now on. */
    public void truncate(Task task, PageCache file, long pages) {
        context.systemCall(task.cpu());
        Truncate.call(context, task, file, pages);
    }

    // ---- NUMA calls ----

    public void mbind(Task task, long va, long lengthBytes, Mempolicy policy) {
        mbind(task, va, lengthBytes, policy, 0);
    }

    /** Sets the policy of a range, and moves pages that are there as the flags say. */
    public void mbind(Task task, long va, long lengthBytes, Mempolicy policy, int flags) {
        AddressSpaceLock lock = enterForWriting(task);
        try {
            Mbind.call(context, task, va, lengthBytes, policy, flags);
        } finally {
            lock.unlockWrite();
        }
    }

    public void setMempolicy(Task task, Mempolicy policy) {
        context.systemCall(task.cpu());
        Mbind.checkNodes(context, policy);
        task.setMempolicy(policy);
    }

    /** The policy of the task, or of an address, or the node of its page, as the flags say. */
    public GetMempolicy.Answer getMempolicy(Task task, long va, int flags) {
        int cpu = enterForReading(task);
        AddressSpaceLock lock = task.mm().lock();
        try {
            return GetMempolicy.call(this, task, va, flags);
        } finally {
            lock.unlockRead(cpu);
        }
    }

    public void setMempolicyHomeNode(Task task, long va, long lengthBytes, int homeNode, int flags) {
        AddressSpaceLock lock = enterForWriting(task);
        try {
            SetMempolicyHomeNode.call(context, task, va, lengthBytes, homeNode, flags);
        } finally {
            lock.unlockWrite();
        }
    }

    /** Moves single pages; for each its node, or a negative errno. Without nodes it only says where the pages are. */
    public int[] movePages(Task task, MmStruct of, long[] pages, int @Nullable [] nodes, int flags) {
        context.systemCall(task.cpu());
        int cpu = task.cpu();
        of.lock().lockRead(cpu);
        try {
            return MovePages.call(this, cpu, of, pages, nodes, flags);
        } finally {
            of.lock().unlockRead(cpu);
        }
    }

    /** Moves all pages of an address space that lie on some nodes to others; returns how many could not be moved. */
    public long migratePages(Task task, MmStruct of, long fromNodes, long toNodes) {
        context.systemCall(task.cpu());
        int cpu = task.cpu();
        of.lock().lockRead(cpu);
        try {
            return MigratePagesCall.call(context, cpu, of, fromNodes, toNodes);
        } finally {
            of.lock().unlockRead(cpu);
        }
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
            populateLocked(task, va, end, isWrite);
        } finally {
            mm.lock().unlockRead(cpu);
        }
    }

    /** {@link #populate} for one who holds mmap_lock. */
    public void populateLocked(Task task, long va, long end, boolean isWrite) {
        for (long at = va; at < end; ) {
            Vma area = task.mm().areas().find(at);
            if (area == null) {
                throw new KernelException(Errno.ENOMEM, "nothing is mapped at " + Long.toHexString(at));
            }
            if (!Protection.allows(area.flags(), isWrite, false)) {
                throw new KernelException(Errno.EFAULT, area + " may not be touched");
            }
            long to = Math.min(end, area.endVa());
            PopulateRange.run(context, faults, task, area, at, to, isWrite);
            at = to;
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

    private AddressSpaceLock enterForWriting(Task task) {
        context.systemCall(task.cpu());
        AddressSpaceLock lock = task.mm().lock();
        lock.lockWrite();
        return lock;
    }

    private int enterForReading(Task task) {
        int cpu = task.cpu();
        context.systemCall(cpu);
        task.mm().lock().lockRead(cpu);
        return cpu;
    }

    // ---- faults ----

    @Override
    public boolean pageFault(int cpu, long va, int errorCode) {
        return fault(cpu, va, errorCode) == FaultOutcome.HANDLED;
    }

    /** Handles a page fault of what a processor runs, and says which signal the program would get. */
    public FaultOutcome fault(int cpu, long va, int errorCode) {
        Task task = queues.current(cpu);
        if (task == null) {
            throw new IllegalStateException("page fault at " + Long.toHexString(va) + " on idle cpu " + cpu);
        }
        return fault(task, va, errorCode);
    }

    /** Handles a page fault of a task, whether it runs now or not: a hypervisor's thread faults for its guest. */
    public FaultOutcome fault(Task task, long va, int errorCode) {
        context.pageFault(task.cpu());
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

    /** {@link #translate} for one who holds mmap_lock. */
    public long translateLocked(MmStruct mm, long va) {
        long entry = new TablePath(context).find(mm.pageTable(), 0, va);
        return Pte.isMapped(entry) ? entry : Pte.NONE;
    }

    /** Where the tables are that processors of a node walk for an address space. */
    public PageTableCensus census(MmStruct mm, int node) {
        return PageTableCensus.take(context, mm, node);
    }
}
