package dev.mitosis.kernel.syscall;

import dev.mitosis.mm.Task;
import dev.mitosis.mm.context.Context;
import dev.mitosis.mm.errno.Errno;
import dev.mitosis.mm.errno.KernelException;
import dev.mitosis.mm.vma.Vma;

/**
 * msync(2): checks as the system call does; there is nothing behind the pages to write them to.
 *
 * <p>Source: man page msync(2); Linux {@code mm/msync.c}.
 */
public final class Msync {
    public static final int MS_ASYNC = 1;
    public static final int MS_INVALIDATE = 2;
    public static final int MS_SYNC = 4;

    private Msync() {}

    public static void call(Context context, Task task, long va, long lengthBytes, int flags) {
        if ((flags & ~(MS_ASYNC | MS_INVALIDATE | MS_SYNC)) != 0
                || !Abi.isPageAligned(va)
                || (flags & (MS_ASYNC | MS_SYNC)) == (MS_ASYNC | MS_SYNC)) {
            throw Abi.invalid("addr " + Abi.hex(va) + " is not aligned, or flags " + flags + " are not valid");
        }
        long length = Abi.pageUp(lengthBytes);
        if (length < 0 || !Abi.isUserRange(context, va, length)) {
            throw new KernelException(Errno.ENOMEM, Abi.hex(va) + " is outside the address space of a process");
        }
        boolean hasHole = false;
        for (long at = va; at < va + length; ) {
            Vma area = task.mm().areas().firstEndingAfter(at);
            if (area == null || area.startVa() >= va + length) {
                hasHole = true;
                break;
            }
            hasHole |= area.startVa() > at;
            if ((flags & MS_INVALIDATE) != 0 && area.has(Vma.LOCKED)) {
                throw new KernelException(Errno.EBUSY, "MS_INVALIDATE, and the mapping " + area + " is locked");
            }
            at = area.endVa();
        }
        if (hasHole) {
            throw new KernelException(Errno.ENOMEM, "the indicated memory was not mapped");
        }
    }
}
