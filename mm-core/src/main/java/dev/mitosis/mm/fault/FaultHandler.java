package dev.mitosis.mm.fault;

import dev.mitosis.hal.TrapHandler;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.range.TablePath;
import dev.mitosis.mm.stat.VmEvent;
import dev.mitosis.mm.vma.Protection;
import dev.mitosis.mm.vma.Vma;
import dev.mitosis.x86.PagingLevel;
import dev.mitosis.x86.Pte;

/**
 * Handles a page fault: finds the area, checks the access against it, and sends it to who makes such pages.
 *
 * <pre>
 *   absent in the processor's replica only:             PageTableOps.fill, and the access is tried again
 *
 *   entry      area                                      made by
 *   none       huge page pool                            HugetlbFault
 *   none       anonymous, covers 2 MiB, THP              AnonymousFault (falls back to 4 KiB)
 *   none       anonymous                                 AnonymousFault: the zero page to read, a page of its own to write
 *   none       of an object                              FileFault
 *   swap slot                                            SwapFault
 *   PROT_NONE  accessible: a NUMA hint                   NumaHintFault
 *   read-only  writable                                  CopyOnWrite
 * </pre>
 *
 * <p>Concurrency: under mmap_lock for reading. Who makes a page takes what it needs first, then the lock of the table, and gives
 * up if the entry is not what it was: the program tries again.
 *
 * <p>Source: Linux {@code arch/x86/mm/fault.c:do_user_addr_fault}, {@code mm/memory.c:handle_pte_fault}.
 */
public final class FaultHandler {
    private final Context context;
    private final AnonymousFault anonymous;
    private final FileFault object;
    private final HugetlbFault hugetlb;
    private final CopyOnWrite copyOnWrite;

    public FaultHandler(Context context) {
        this.context = context;
        this.anonymous = new AnonymousFault(context);
        this.object = new FileFault(context);
        this.hugetlb = new HugetlbFault(context);
        this.copyOnWrite = new CopyOnWrite(context);
    }

    /** Handles one fault of a task; takes mmap_lock. */
    public FaultOutcome handle(Task task, long va, int errorCode) {
        int cpu = task.cpu();
        MmStruct mm = task.mm();
        boolean isWrite = (errorCode & TrapHandler.WRITE) != 0;
        context.vmstat().count(cpu, VmEvent.PGFAULT);
        mm.lock().lockRead(cpu);
        try {
            Vma area = mm.areas().find(va);
            if (area == null) {
                // The stack grows under the lock for writing; then everything may have changed.
                mm.lock().unlockRead(cpu);
                try {
                    StackGrowth.tryGrow(context, task, va);
                } finally {
                    mm.lock().lockRead(cpu);
                }
                area = mm.areas().find(va);
            }
            if (area == null || !Protection.allows(area.flags(), isWrite, (errorCode & TrapHandler.FETCH) != 0)) {
                return FaultOutcome.SIGSEGV;
            }
            return handleIn(task, area, va, isWrite);
        } finally {
            mm.lock().unlockRead(cpu);
        }
    }

    /** Handles an access that the area allows; mmap_lock is held. */
    FaultOutcome handleIn(Task task, Vma area, long va, boolean isWrite) {
        try {
            return makePresent(task, area, va, isWrite);
        } catch (KernelException noTable) {
            // Out of memory in a fault: the program would be killed.
            int cpu = task.cpu();
            context.events().nodePressure(context.topology().nodeOfCpu(cpu));
            context.vmstat().count(cpu, VmEvent.OOM_KILL);
            return FaultOutcome.OOM;
        }
    }

    private FaultOutcome makePresent(Task task, Vma area, long va, boolean isWrite) {
        if (context.ops().fill(task.cpu(), task.mm().loadedTable(), va, context.tableLocks())) {
            return FaultOutcome.HANDLED;
        }
        TablePath path = new TablePath(context);
        if (area.has(Vma.HUGETLB)) {
            FaultOutcome made = hugetlb.make(task, area, va, isWrite, path);
            return made != null ? made : copyOnWrite.make(task, area, va, isWrite, path);
        }
        if (wantsHuge(area, va)) {
            path.make(task, va, 2);
            if (path.level == 2 && path.entry == Pte.NONE) {
                FaultOutcome made = anonymous.makeHuge(task, area, va, isWrite, path);
                if (made != null) {
                    return made;
                }
            }
        }
        path.make(task, va, 1);
        if (path.entry == Pte.NONE) {
            return area.isAnonymous()
                    ? anonymous.make(task, area, va, isWrite, path)
                    : object.make(task, area, va, isWrite, path);
        }
        if (Pte.isSwap(path.entry)) {
            return SwapFault.make(context, task, area, va, isWrite, path);
        }
        if (!Pte.isPresent(path.entry)) {
            return NumaHintFault.make(context, task, area, va, path);
        }
        return copyOnWrite.make(task, area, va, isWrite, path);
    }

    /** Says whether a fault at an address takes a huge page if one can be had. */
    boolean wantsHuge(Vma area, long va) {
        boolean wanted = context.settings().thp() ? !area.has(Vma.NOHUGEPAGE) : area.has(Vma.HUGEPAGE);
        return wanted && coversHuge(area, va);
    }

    /** Says whether the 2 MiB around an address may be one page of an area. */
    public static boolean coversHuge(Vma area, long va) {
        long start = va & -PagingLevel.spanBytes(2);
        return area.isPrivate()
                && area.isAnonymous()
                && !area.has(Vma.HUGETLB)
                && start >= area.startVa()
                && start + PagingLevel.spanBytes(2) <= area.endVa();
    }

    /**
     * Touches every page of a range for a task; the caller holds mmap_lock.
     *
     * @throws KernelException ENOMEM for a hole in the range or when frames run out; EFAULT where the area forbids the access
     */
    public void populate(Task task, long va, long end, boolean isWrite) {
        for (long at = va; at < end; ) {
            Vma area = task.mm().areas().find(at);
            if (area == null) {
                throw new KernelException(Errno.ENOMEM, "nothing is mapped at " + Long.toHexString(at));
            }
            if (!Protection.allows(area.flags(), isWrite, false)) {
                throw new KernelException(Errno.EFAULT, area + " may not be touched");
            }
            long to = Math.min(end, area.endVa());
            PopulateRange.run(context, this, task, area, at, to, isWrite);
            at = to;
        }
    }
}
