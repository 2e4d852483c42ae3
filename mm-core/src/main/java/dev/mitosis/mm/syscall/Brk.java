package dev.mitosis.mm.syscall;

import dev.mitosis.hal.Frames;
import dev.mitosis.mm.Areas;
import dev.mitosis.mm.Errno;
import dev.mitosis.mm.Kernel;
import dev.mitosis.mm.KernelException;
import dev.mitosis.mm.Mempolicy;
import dev.mitosis.mm.MmStruct;
import dev.mitosis.mm.Platform;
import dev.mitosis.mm.ResourceLimits;
import dev.mitosis.mm.Task;
import dev.mitosis.mm.Vma;

/**
 * brk(2), as the system call: moves the end of the heap, and answers with the break that there is then.
 *
 * <p>Source: man page brk(2), "C library/kernel differences"; Linux {@code mm/mmap.c:brk}.
 */
public final class Brk {
    private Brk() {}

    public static long call(Kernel kernel, Task task, long va) {
        Platform platform = kernel.platform();
        MmStruct mm = task.mm();
        boolean isBelow = va < mm.startBrkVa() || !Abi.isUserRange(platform, va, 0);
        boolean isOverLimit = mm.limits().dataBytes() != ResourceLimits.UNLIMITED
                && va - mm.startBrkVa() > mm.limits().dataBytes();
        if (isBelow || isOverLimit) {
            return mm.brkVa();
        }
        long oldEnd = Abi.pageUp(mm.brkVa());
        long newEnd = Abi.pageUp(va);
        if (newEnd < oldEnd) {
            Areas.unmap(platform, task, newEnd, oldEnd);
        } else if (newEnd > oldEnd) {
            try {
                grow(platform, task, oldEnd, newEnd);
            } catch (KernelException refused) {
                return mm.brkVa();
            }
            Vma heap = mm.areas().find(oldEnd);
            if (heap != null && heap.has(Vma.LOCKED)) {
                LockedPages.populate(kernel, task, oldEnd, newEnd);
            }
        }
        mm.setBrk(va);
        return va;
    }

    private static void grow(Platform platform, Task task, long oldEnd, long newEnd) {
        MmStruct mm = task.mm();
        long length = newEnd - oldEnd;
        Vma next = mm.areas().firstEndingAfter(oldEnd);
        boolean hasRoom = Abi.isUserRange(platform, oldEnd, length)
                && (next == null || newEnd + Frames.PAGE_BYTES <= next.startVa());
        if (!hasRoom) {
            throw new KernelException(Errno.ENOMEM, "the heap would run into the mapping " + next);
        }
        int flags = Vma.READ | Vma.WRITE | Vma.ACCOUNT | mm.futureFlags();
        Limits.checkLocked(mm, (flags & Vma.LOCKED) != 0 ? length >>> Frames.PAGE_SHIFT : 0, Errno.EAGAIN);
        Limits.checkExpansion(mm, length, oldEnd, newEnd);
        Limits.checkMapCount(platform, mm, oldEnd, newEnd);
        platform.overcommit().charge(length >>> Frames.PAGE_SHIFT);
        Areas.insert(platform, task, new Vma(oldEnd, newEnd, flags, oldEnd >>> 12, Mempolicy.LOCAL, null));
    }
}
