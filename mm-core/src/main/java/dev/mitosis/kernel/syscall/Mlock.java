package dev.mitosis.kernel.syscall;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.range.VmaOps;
import dev.mitosis.mm.vma.Vma;

/**
 * mlock(2), mlock2(2) and munlock(2): keeps the pages of a range in memory, or lets them go again.
 *
 * <p>A hole in the range is ENOMEM, and what lies before it has been changed. Locking touches every page of the range.
 *
 * <p>Source: man page mlock(2); Linux {@code mm/mlock.c:apply_vma_lock_flags}, {@code do_mlock}.
 */
public final class Mlock {
    public static final int MLOCK_ONFAULT = 1;

    private Mlock() {}

    public static void lock(KernelServices services, Task task, long va, long lengthBytes, int flags) {
        if ((flags & ~MLOCK_ONFAULT) != 0) {
            throw Abi.invalid("flags 0x" + Integer.toHexString(flags) + " to mlock2");
        }
        MmStruct mm = task.mm();
        long start = va & -Frames.PAGE_BYTES;
        long end = start + Abi.pageUp(lengthBytes + (va - start));
        if (mm.limits().lockedBytes() == 0) {
            throw new KernelException(Errno.EPERM, "the process's RLIMIT_MEMLOCK is 0");
        }
        long already = 0;
        for (Vma area : mm.areas().overlapping(start, end)) {
            already += area.has(Vma.LOCKED) ? Math.min(end, area.endVa()) - Math.max(start, area.startVa()) : 0;
        }
        Limits.checkLocked(mm, (end - start - already) >>> Frames.PAGE_SHIFT, Errno.ENOMEM);
        apply(services, task, va, lengthBytes, Vma.LOCKED | (flags != 0 ? Vma.LOCKONFAULT : 0));
        if (flags == 0) {
            populate(services, task, start, end);
        }
    }

    public static void unlock(KernelServices services, Task task, long va, long lengthBytes) {
        apply(services, task, va, lengthBytes, 0);
    }

    private static void apply(KernelServices services, Task task, long va, long lengthBytes, int lockFlags) {
        long start = va & -Frames.PAGE_BYTES;
        long length = Abi.pageUp(lengthBytes + (va - start));
        if (length < 0 || start + length < start) {
            throw Abi.invalid("the range of " + lengthBytes + " bytes at " + Abi.hex(va) + " wraps around");
        }
        if (!Abi.isUserRange(services.context(), start, length)) {
            throw new KernelException(Errno.ENOMEM, Abi.hex(va) + " is outside the address space of a process");
        }
        long end = start + length;
        VmaOps.splitAtBorders(services.context(), task, start, end);
        for (long at = start; at < end; ) {
            Vma area = task.mm().areas().find(at);
            if (area == null) {
                throw new KernelException(Errno.ENOMEM, "nothing is mapped at " + Abi.hex(at));
            }
            long to = Math.min(end, area.endVa());
            Vma part = area.part(at, to);
            int flags = part.flags() & ~(Vma.LOCKED | Vma.LOCKONFAULT);
            if (!part.has(Vma.HUGETLB)) {
                if (task.mm().areas().sizeAfterCut(at, to) + 1
                        > services.context().settings().maxMapCount()) {
                    throw Limits.tooManyMappings();
                }
                VmaOps.replace(services.context(), task, part, part.withFlags(flags | lockFlags));
            }
            at = to;
        }
    }

    /** The pages are touched after all areas are marked; one that may not be accessed at all is ENOMEM. */
    private static void populate(KernelServices services, Task task, long start, long end) {
        for (Vma area : task.mm().areas().overlapping(start, end)) {
            if (!area.has(Vma.PROTECTION)) {
                throw new KernelException(Errno.ENOMEM, "the mapping " + area + " cannot be touched");
            }
            long from = Math.max(start, area.startVa());
            try {
                services.faults()
                        .populate(task, from, Math.min(end, area.endVa()), area.has(Vma.WRITE) && area.isPrivate());
            } catch (KernelException failed) {
                // Linux tells no difference between a page beyond the end of a file and no memory, but for the number.
                throw failed.errno() == Errno.EFAULT
                        ? new KernelException(Errno.ENOMEM, "a page of " + area + " cannot be had")
                        : new KernelException(Errno.EAGAIN, "some or all of the range could not be locked");
            }
        }
    }
}
