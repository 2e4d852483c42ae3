package dev.mitosis.mm.syscall;

import dev.mitosis.mm.Areas;
import dev.mitosis.mm.Errno;
import dev.mitosis.mm.Kernel;
import dev.mitosis.mm.KernelException;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.Vma;

/**
 * mlock(2) and munlock(2): keeps the pages of a range in memory, or lets them go again.
 *
 * <p>A hole in the range is ENOMEM, and what lies before it has been changed. Locking touches every page of the range.
 *
 * <p>Source: man page mlock(2); Linux {@code mm/mlock.c:apply_vma_lock_flags}, {@code do_mlock}.
 */
public final class Mlock {
    private Mlock() {}

    public static void call(Kernel kernel, Task task, long va, long lengthBytes, boolean locks) {
        long start = va & -4096;
        long length = Abi.pageUp(lengthBytes + (va - start));
        if (length < 0 || start + length < start) {
            throw Abi.invalid("the range of " + lengthBytes + " bytes at " + Abi.hex(va) + " wraps around");
        }
        if (!Abi.isUserRange(kernel.platform(), start, length)) {
            throw new KernelException(Errno.ENOMEM, Abi.hex(va) + " is outside the address space of a process");
        }
        long end = start + length;
        for (long at = start; at < end; ) {
            Vma area = task.mm().areas().find(at);
            if (area == null) {
                throw new KernelException(Errno.ENOMEM, "nothing is mapped at " + Abi.hex(at));
            }
            long to = Math.min(end, area.endVa());
            Vma part = area.part(at, to);
            Areas.replace(
                    task.mm(), part, part.withFlags(locks ? part.flags() | Vma.LOCKED : part.flags() & ~Vma.LOCKED));
            at = to;
        }
        if (locks) {
            populate(kernel, task, start, end);
        }
    }

    /** The pages are touched after all areas are marked; one that may not be accessed at all is ENOMEM. */
    private static void populate(Kernel kernel, Task task, long start, long end) {
        for (Vma area : task.mm().areas().overlapping(start, end)) {
            if (!area.has(Vma.PROTECTION)) {
                throw new KernelException(Errno.ENOMEM, "the mapping " + area + " cannot be touched");
            }
            long from = Math.max(start, area.startVa());
            kernel.populate(task, from, Math.min(end, area.endVa()) - from, area.has(Vma.WRITE) && area.isPrivate());
        }
    }
}
