package dev.mitosis.mm.syscall;

import dev.mitosis.mm.Errno;
import dev.mitosis.mm.Kernel;
import dev.mitosis.mm.KernelException;
import dev.mitosis.mm.Task;
import dev.mitosis.x86.Pte;

/**
 * mincore(2): says which pages of a range are in memory.
 *
 * <p>Source: man page mincore(2); Linux {@code mm/mincore.c:do_mincore}.
 */
public final class Mincore {
    private Mincore() {}

    /** One byte a page, 1 for a page in memory; ENOMEM when the range contains unmapped pages. */
    public static byte[] call(Kernel kernel, Task task, long va, long lengthBytes) {
        if (!Abi.isPageAligned(va)) {
            throw Abi.invalid("addr " + Abi.hex(va) + " is not a multiple of the page size");
        }
        long length = Abi.pageUp(lengthBytes);
        if (length < 0 || !Abi.isUserRange(kernel.platform(), va, length)) {
            throw new KernelException(Errno.ENOMEM, "length is greater than the address space");
        }
        byte[] resident = new byte[Math.toIntExact(length >>> 12)];
        for (int page = 0; page < resident.length; page++) {
            long at = va + ((long) page << 12);
            if (task.mm().areas().find(at) == null) {
                throw new KernelException(Errno.ENOMEM, "nothing is mapped at " + Abi.hex(at));
            }
            resident[page] = (byte) (Pte.isMapped(kernel.translateLocked(task.mm(), at)) ? 1 : 0);
        }
        return resident;
    }
}
