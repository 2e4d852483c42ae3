package dev.mitosis.kernel.syscall;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.range.VmaOps;
import dev.mitosis.mm.vma.Mempolicy;
import dev.mitosis.mm.vma.ResourceLimits;
import dev.mitosis.mm.vma.Vma;

/**
 * brk(2), as the system call: moves the end of the heap, and answers with the break that there is then.
 *
 * <p>Source: man page brk(2), "C library/kernel differences"; Linux {@code mm/mmap.c:brk}.
 */
public final class Brk {
    private Brk() {}

    public static long call(KernelServices services, Task task, long va) {
        Context context = services.context();
        MmStruct mm = task.mm();
        boolean isBelow = va < mm.startBrkVa() || !Abi.isUserRange(context, va, 0);
        boolean isOverLimit = mm.limits().dataBytes() != ResourceLimits.UNLIMITED
                && va - mm.startBrkVa() > mm.limits().dataBytes();
        if (isBelow || isOverLimit) {
            return mm.brkVa();
        }
        long oldEnd = Abi.pageUp(mm.brkVa());
        long newEnd = Abi.pageUp(va);
        if (newEnd < oldEnd) {
            VmaOps.unmap(context, task, newEnd, oldEnd);
        } else if (newEnd > oldEnd) {
            try {
                grow(context, task, oldEnd, newEnd);
            } catch (KernelException refused) {
                return mm.brkVa();
            }
            Vma heap = mm.areas().find(oldEnd);
            if (heap != null && heap.has(Vma.LOCKED)) {
                LockedPages.populate(services, task, oldEnd, newEnd);
            }
        }
        mm.setBrk(va);
        return va;
    }

    private static void grow(Context context, Task task, long oldEnd, long newEnd) {
        MmStruct mm = task.mm();
        long length = newEnd - oldEnd;
        Vma next = mm.areas().firstEndingAfter(oldEnd);
        boolean hasRoom = Abi.isUserRange(context, oldEnd, length)
                && (next == null || newEnd + Frames.PAGE_BYTES <= next.startVa());
        if (!hasRoom) {
            throw new KernelException(Errno.ENOMEM, "the heap would run into the mapping " + next);
        }
        int flags = Vma.READ | Vma.WRITE | Vma.ACCOUNT | mm.futureFlags();
        Limits.checkLocked(mm, (flags & Vma.LOCKED) != 0 ? length >>> Frames.PAGE_SHIFT : 0, Errno.EAGAIN);
        Limits.checkExpansion(mm, length, oldEnd, newEnd);
        Limits.checkMapCount(context, mm, oldEnd, newEnd);
        context.overcommit().charge(length >>> Frames.PAGE_SHIFT);
        VmaOps.insert(context, task, new Vma(oldEnd, newEnd, flags, oldEnd >>> 12, Mempolicy.LOCAL, null));
    }
}
