package dev.mitosis.kernel.syscall;

import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.range.VmaOps;
import dev.mitosis.mm.vma.Vma;

/**
 * mlockall(2) and munlockall(2): all areas, those to come, or both.
 *
 * <p>Source: man page mlockall(2); Linux {@code mm/mlock.c:apply_mlockall_flags}.
 */
public final class Mlockall {
    public static final int MCL_CURRENT = 1;
    public static final int MCL_FUTURE = 2;
    public static final int MCL_ONFAULT = 4;

    private Mlockall() {}

    public static void lock(KernelServices services, Task task, int flags) {
        if (flags == 0 || flags == MCL_ONFAULT || (flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT)) != 0) {
            throw Abi.invalid("unknown flags were specified, or MCL_ONFAULT alone");
        }
        MmStruct mm = task.mm();
        if (mm.limits().lockedBytes() == 0) {
            throw new KernelException(Errno.EPERM, "the process's RLIMIT_MEMLOCK is 0");
        }
        if ((flags & MCL_CURRENT) != 0) {
            Limits.checkLocked(mm, mm.mappedPages() - mm.lockedPages(), Errno.ENOMEM);
        }
        int lockFlags = Vma.LOCKED | ((flags & MCL_ONFAULT) != 0 ? Vma.LOCKONFAULT : 0);
        mm.setFutureFlags((flags & MCL_FUTURE) != 0 ? lockFlags : 0);
        if ((flags & MCL_CURRENT) != 0) {
            mark(services, task, lockFlags);
            LockedPages.populate(services, task, 0, Abi.userEnd(services.context()));
        }
    }

    public static void unlock(KernelServices services, Task task) {
        task.mm().setFutureFlags(0);
        mark(services, task, 0);
    }

    private static void mark(KernelServices services, Task task, int lockFlags) {
        for (Vma area : task.mm().areas().all()) {
            int flags = (area.flags() & ~(Vma.LOCKED | Vma.LOCKONFAULT)) | lockFlags;
            if (!area.has(Vma.HUGETLB) && flags != area.flags()) {
                Vma whole = area.part(area.startVa(), area.endVa());
                VmaOps.replace(services.context(), task, whole, whole.withFlags(flags));
            }
        }
    }
}
